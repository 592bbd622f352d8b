import { parseFingerprint, parseName, parseTrackerUrl } from '@shoal/sdk/protocol';
import { trackerUrl } from './tracker-input.js';

/** What a link invites to: a tracker, and a group there. */
export interface Invitation {
  /** `wss://host:port#fingerprint` */
  readonly tracker: string;
  readonly group: string | undefined;
}

const PATH = '/join';
const MAX_LINK_CHARACTERS = 1024;

/** Reads a link's path and query, strictly: undefined when it is not an invitation to the letter. */
export function parseInvitation(path: string, query: string): Invitation | undefined {
  if (path !== PATH || query.length > MAX_LINK_CHARACTERS) return undefined;
  const params = new URLSearchParams(query);
  if ([...params.keys()].some((key) => !['tracker', 'fingerprint', 'group'].includes(key))) return undefined;
  if (['tracker', 'fingerprint', 'group'].some((key) => params.getAll(key).length > 1)) return undefined;
  const tracker = params.get('tracker');
  const fingerprint = params.get('fingerprint');
  const group = params.get('group');
  if (!tracker || tracker.includes('#')) return undefined;
  try {
    const location = parseTrackerUrl(`wss://${tracker}`);
    return {
      tracker: trackerUrl({ ...location, ...(fingerprint !== null && { fingerprint: parseFingerprint(fingerprint) }) }),
      group: group === null ? undefined : parseName('group', group),
    };
  } catch {
    return undefined;
  }
}

/** Reads a whole link, of whatever editor: `<scheme>://shoal.shoal/join?…`. */
export function readInvitation(link: string): Invitation | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/shoal\.shoal(\/[^?#]*)\?([^#]*)$/i.exec(link.trim());
  return match ? parseInvitation(match[1] ?? '', match[2] ?? '') : undefined;
}

/** The link that invites to a tracker, and to a group there. */
export function invitationLink(scheme: string, trackerAddress: string, group?: string): string {
  const { host, port, fingerprint } = parseTrackerUrl(trackerAddress);
  const params = new URLSearchParams({ tracker: trackerUrl({ host, port }).replace('wss://', '') });
  if (fingerprint) params.set('fingerprint', fingerprint);
  if (group !== undefined) params.set('group', group);
  return `${scheme}://shoal.shoal${PATH}?${params.toString()}`;
}
