import { parseFingerprint, parseName, parseTrackerUrl } from '@shoal/sdk/protocol';
import { trackerUrl } from './tracker-url.js';

/** The target of a link: a tracker, and a group there. */
export interface Invitation {
  /** `wss://host:port#fingerprint` */
  readonly tracker: string;
  readonly group: string | undefined;
}

const PATH = '/join';
const KEYS = ['tracker', 'fingerprint', 'group'];
const MAX_LINK_CHARACTERS = 1024;

/** Parses the path and query of a link, strictly; undefined if it is not an invitation. */
export function parseInvitation(path: string, query: string): Invitation | undefined {
  if (path !== PATH || query.length > MAX_LINK_CHARACTERS) return undefined;
  try {
    const params = readQuery(query);
    const [tracker, fingerprint, group] = KEYS.map((key) => params.get(key));
    if (!tracker || /[#/]/.test(tracker)) return undefined;
    const location = parseTrackerUrl(`wss://${tracker}`);
    return {
      tracker: trackerUrl({
        ...location,
        ...(fingerprint !== undefined && { fingerprint: parseFingerprint(fingerprint) }),
      }),
      group: group === undefined ? undefined : parseName('group', group),
    };
  } catch {
    return undefined;
  }
}

/**
 * The parameters of a query, each at most once. A plus is a plus: the editor passes a decoded query, and no name or
 * address contains a percent sign that would be decoded again.
 */
function readQuery(query: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of query.split('&')) {
    const [key = '', ...rest] = part.split('=');
    if (!KEYS.includes(key) || params.has(key))
      throw new RangeError(`${key} is not a part of an invitation, or there twice`);
    params.set(key, decodeURIComponent(rest.join('=')));
  }
  return params;
}

/** Parses a whole link of any editor: `<scheme>://shoal.shoal/join?…`. */
export function readInvitation(link: string): Invitation | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/shoal\.shoal(\/[^?#]*)\?([^#]*)$/i.exec(link.trim());
  return match ? parseInvitation(match[1] ?? '', match[2] ?? '') : undefined;
}

/** The invitation link to a tracker, and to a group there. */
export function invitationLink(scheme: string, trackerAddress: string, group?: string): string {
  const { host, port, fingerprint } = parseTrackerUrl(trackerAddress);
  const parts = { tracker: trackerUrl({ host, port }).replace('wss://', ''), fingerprint, group };
  const query = Object.entries(parts).flatMap(([key, value]) => (value ? [`${key}=${encodeURIComponent(value)}`] : []));
  return `${scheme}://shoal.shoal${PATH}?${query.join('&')}`;
}
