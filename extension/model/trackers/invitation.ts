import { type Endpoint, formatEndpoint, parseFingerprint, parseName, parseTrackerUrls } from '@shoal/sdk/protocol';
import { trackerUrl } from './tracker-url.js';

/** The target of a link: a tracker, and a group there. */
export interface Invitation {
  /** `wss://host:port#fingerprint`, or with several nodes: `wss://host:port,host:port#fingerprint`. */
  readonly tracker: string;
  readonly group: string | undefined;
}

const PATH = '/join';
const KEYS = ['tracker', 'fingerprint', 'group'];
const MAX_LINK_CHARACTERS = 1024;
/** Further nodes of the tracker are in the fragment, which version 0.1 ignores when it opens a link. */
const NODES = /^nodes=(.+)$/;
const MAX_NODES = 8;

/** Parses the path, query and fragment of a link, strictly; undefined if it is not an invitation. */
export function parseInvitation(path: string, query: string, fragment = ''): Invitation | undefined {
  if (path !== PATH || query.length > MAX_LINK_CHARACTERS || fragment.length > MAX_LINK_CHARACTERS) return undefined;
  try {
    const params = readQuery(query);
    const [tracker, fingerprint, group] = KEYS.map((key) => params.get(key));
    const nodes = fragment === '' ? undefined : NODES.exec(fragment)?.[1];
    if (!tracker || /[#/,]/.test(tracker) || (fragment !== '' && !nodes) || nodes?.includes('/')) return undefined;
    const places = nodes === undefined ? tracker : `${tracker},${nodes}`;
    const key = fingerprint === undefined ? '' : `#${parseFingerprint(fingerprint)}`;
    const [first, ...more] = parseTrackerUrls(`wss://${places}${key}`);
    if (more.length > MAX_NODES) return undefined;
    return {
      tracker: trackerUrl(first, more),
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
  const match = /^[a-z][a-z0-9+.-]*:\/\/shoal\.shoal(\/[^?#]*)\?([^#]*)(?:#(.*))?$/i.exec(link.trim());
  return match ? parseInvitation(match[1] ?? '', match[2] ?? '', match[3]) : undefined;
}

/** The invitation link to a tracker, and to a group there. */
export function invitationLink(scheme: string, trackerAddress: string, group?: string): string {
  const [{ host, port, fingerprint }, ...more] = parseTrackerUrls(trackerAddress);
  const parts = { tracker: formatEndpoint(host, port), fingerprint, group };
  const query = Object.entries(parts).flatMap(([key, value]) => (value ? [`${key}=${encodeURIComponent(value)}`] : []));
  const nodes = more.slice(0, MAX_NODES).map((one) => formatEndpoint(one.host, one.port));
  return `${scheme}://shoal.shoal${PATH}?${query.join('&')}${nodes.length > 0 ? `#nodes=${nodes.join(',')}` : ''}`;
}

/** The address for an invitation: with the fingerprint, so that invited users need not trust the network, and with further nodes. */
export function invitedTracker(url: string, fingerprint: string | null, told: readonly Endpoint[]): string {
  const [first, ...more] = parseTrackerUrls(url);
  const key = first.fingerprint ?? fingerprint ?? undefined;
  if (key === undefined) return trackerUrl(first);
  const known = new Map([first, ...more, ...told].map((one) => [formatEndpoint(one.host, one.port), one]));
  return trackerUrl({ ...first, fingerprint: key }, [...known.values()].slice(1, 1 + MAX_NODES));
}

/** The lines for a `tracker_info.txt` with all nodes of a tracker. */
export function infoLines(trackerAddress: string): string {
  return parseTrackerUrls(trackerAddress)
    .map(({ host, port, fingerprint }) => [host, port, fingerprint ?? ''].join(' ').trimEnd())
    .join('\n');
}
