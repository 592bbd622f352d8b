import { isIPv6 } from 'node:net';
import { ShoalError } from '../errors.js';
import { MAX_TRACKER_NODES } from '../limits.js';

/** The address of a tracker, and what identifies it. */
export interface TrackerLocation {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** The SHA-256 of its public key: 64 hexadecimal digits. Colons, capitals and the prefix `SHA256:` are allowed. */
  readonly fingerprint?: string | undefined;
  /** The name of its account store. Locations with the same name have the same accounts and groups, whatever their fingerprints. */
  readonly store?: string | undefined;
}

/** An address to listen at or to dial. */
export interface Endpoint {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
}

/** Formats an address: `[host]:port` for IPv6, `host:port` otherwise. */
export function formatEndpoint(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Parses `HOST:PORT` or `[IPV6]:PORT`; validates an endpoint.
 * @throws ShoalError `INVALID_ARGUMENT`
 */
export function parseEndpoint(endpoint: string | Endpoint): Endpoint {
  const text = typeof endpoint === 'string' ? endpoint : formatEndpoint(endpoint.host, endpoint.port);
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (!host || port > 65_535 || (match?.[1] !== undefined && !isIPv6(match[1]))) {
    throw new ShoalError(
      'INVALID_ARGUMENT',
      `"${text}" is not an address: write HOST:PORT, for example 127.0.0.1:7001.`,
    );
  }
  return { host, port };
}

/**
 * Normalises a fingerprint to 64 lower-case hexadecimal digits. The input may contain colons and the prefix `SHA256:`.
 * @throws ShoalError `TRACKER_INVALID`
 */
export function parseFingerprint(text: string): string {
  const digits = text
    .replace(/^sha-?256:/i, '')
    .replaceAll(':', '')
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) {
    throw new ShoalError('TRACKER_INVALID', `"${text}" is not a tracker's fingerprint: it has 64 hexadecimal digits.`);
  }
  return digits;
}

/** The field with the name of the account store. */
const STORE_FIELD = /^store=(\S+)$/;

/**
 * Parses a `tracker_info.txt` with one tracker a line: `<IP> <PORT> [FINGERPRINT] [store=NAME]`. Empty lines and lines that begin with `#`
 * are ignored.
 * @throws ShoalError `TRACKER_INVALID`, with the number of the line
 */
export function parseTrackerInfo(text: string): [TrackerLocation, ...TrackerLocation[]] {
  const trackers: TrackerLocation[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const fields = line.trim().split(/\s+/);
    if (fields[0] === '' || fields[0]?.startsWith('#')) continue;
    const [, store] = STORE_FIELD.exec(fields.at(-1) ?? '') ?? [];
    const [host = '', port = '', fingerprint, ...more] = store === undefined ? fields : fields.slice(0, -1);
    if (!HOST.test(host) || !/^\d{1,5}$/.test(port) || Number(port) > 65_535 || more.length > 0) {
      throw new ShoalError(
        'TRACKER_INVALID',
        `Line ${index + 1} should read "<IP> <PORT> [FINGERPRINT] [store=NAME]", not "${line.trim()}".`,
      );
    }
    try {
      trackers.push(parseTrackerLocation({ host, port: Number(port), fingerprint, store }));
    } catch (error) {
      const { code, message } = ShoalError.from(error);
      throw new ShoalError(code, `Line ${index + 1}: ${message}`, { cause: error });
    }
  }
  const [first, ...others] = trackers;
  if (!first) throw new ShoalError('TRACKER_INVALID', 'The file names no tracker: write a line "<IP> <PORT>".');
  return [first, ...others];
}

const HOST = /^[^\s/]+$/;

/**
 * Normalises a location: no brackets around the host, and the fingerprint as `parseFingerprint` returns it.
 * @throws ShoalError `TRACKER_INVALID`
 */
export function parseTrackerLocation({ host, port, fingerprint, store }: TrackerLocation): TrackerLocation {
  if (!HOST.test(host) || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ShoalError('TRACKER_INVALID', `"${host}" and ${port} are not a tracker's host and port.`);
  }
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    ...(fingerprint !== undefined && { fingerprint: parseFingerprint(fingerprint) }),
    ...(store !== undefined && { store }),
  };
}

/** Stricter than a URL: no user, no path, no line break, which `URL` silently drops. */
const TRACKER_URL = /^(wss:\/\/(?:\[[0-9a-f:.]+\]|[\p{L}\p{M}\p{N}._-]+)(?::\d{1,5})?)\/?(?:#(.+))?$/iu;

/**
 * Parses `wss://host:port`, optionally with `#` and the fingerprint.
 * @throws ShoalError `TRACKER_INVALID`
 */
export function parseTrackerUrl(text: string): TrackerLocation {
  const [, place = '', fingerprint] = TRACKER_URL.exec(text) ?? [];
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (!url || url.port === '0') {
    throw new ShoalError('TRACKER_INVALID', `"${text}" is not a tracker's address: it looks like wss://host:port.`);
  }
  return parseTrackerLocation({ host: url.hostname, port: Number(url.port || 443), fingerprint });
}

/** What stands between `wss://` and the fingerprint. */
const URL_PARTS = /^(wss:\/\/)([^#]*?)\/?(#.*)?$/is;

/**
 * Parses the address of a tracker, of which several nodes may be named with commas in between: `wss://host:port,host:port#fingerprint`. The
 * fingerprint makes them one tracker, so that several need it.
 * @throws ShoalError `TRACKER_INVALID`
 */
export function parseTrackerUrls(text: string): [TrackerLocation, ...TrackerLocation[]] {
  const [, scheme = '', places = '', hash = ''] = URL_PARTS.exec(text) ?? [];
  const [first = '', ...more] = places.split(',');
  if (more.length === 0) return [parseTrackerUrl(text)];
  if (places.includes('/'))
    throw new ShoalError('TRACKER_INVALID', `"${text}" is not a tracker's address: it has a path.`);
  if (more.length >= MAX_TRACKER_NODES)
    throw new ShoalError('TRACKER_INVALID', `An address names at most ${MAX_TRACKER_NODES} nodes of a tracker.`);
  const parse = (place: string) => parseTrackerUrl(`${scheme}${place}${hash}`);
  const located: [TrackerLocation, ...TrackerLocation[]] = [parse(first), ...more.map(parse)];
  if (located[0].fingerprint !== undefined) return located;
  throw new ShoalError(
    'TRACKER_INVALID',
    'Only a fingerprint makes several addresses one tracker: write wss://host:port,host:port#fingerprint.',
  );
}
