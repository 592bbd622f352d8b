import { parseFingerprint, parseTrackerUrl, parseTrackerUrls, ShoalError } from '@shoal/sdk/protocol';
import { readInvitation } from './invitation.js';
import { DEFAULT_TRACKER_PORT, trackerUrl } from './tracker-url.js';

/**
 * Parses what a person has of a tracker: `host`, `host:port`, `wss://host:port#fingerprint` (also with several nodes), a line of a
 * `tracker_info.txt` (`<IP> <PORT> [FINGERPRINT]`), or an invitation link. Returns its address as a URL.
 * @throws ShoalError `TRACKER_INVALID`
 */
export function readTrackerInput(input: string): string {
  const text = input.trim();
  const invitation = readInvitation(text);
  if (invitation) return invitation.tracker;
  if (/^wss?:\/\//i.test(text)) {
    const [first, ...more] = parseTrackerUrls(text);
    return trackerUrl(first, more);
  }
  const [place = '', second, third, ...rest] = text.split(/\s+/);
  if (rest.length > 0) throw unreadable(text);
  if (second === undefined) return trackerUrl(parseTrackerUrl(`wss://${withPort(place)}`));
  if (/^\d{1,5}$/.test(second)) {
    const address = place.includes(':') ? `[${place}]` : place;
    const fingerprint = third === undefined ? '' : `#${parseFingerprint(third)}`;
    return trackerUrl(parseTrackerUrl(`wss://${address}:${second}${fingerprint}`));
  }
  if (third !== undefined) throw unreadable(text);
  return trackerUrl(parseTrackerUrl(`wss://${withPort(place)}#${parseFingerprint(second)}`));
}

function withPort(place: string): string {
  if (/^[^:]+:\d+(#.*)?$|\]:\d+(#.*)?$/.test(place)) return place;
  const [host = '', ...rest] = place.split('#');
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${bracketed}:${DEFAULT_TRACKER_PORT}${rest.map((part) => `#${part}`).join('')}`;
}

function unreadable(text: string): ShoalError {
  return new ShoalError('TRACKER_INVALID', `"${text}" is not a tracker's address: it looks like host:port.`);
}
