import { isIPv6 } from 'node:net';
import { ShoalError } from './errors.js';

/** Where a tracker is. */
export interface TrackerLocation {
  readonly host: string;
  readonly port: number;
  /** What it must show: the SHA-256 of its public key, 64 hexadecimal digits. Colons, capitals and the prefix `SHA256:` are allowed. */
  readonly fingerprint?: string | undefined;
  /** The name of its account store: locations of one name have the same accounts and groups, whatever their fingerprints. */
  readonly store?: string | undefined;
}

/** Where something listens, or is to be reached. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `[host]:port` for IPv6, `host:port` for all else. */
export function formatEndpoint(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, or an endpoint that is one already.
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
 * A fingerprint in its one form: 64 lower-case hexadecimal digits. Colons and the prefix `SHA256:` are allowed on input.
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

/** The field that names a tracker's account store. */
const STORE_FIELD = /^store=(\S+)$/;

/**
 * Reads the trackers out of a `tracker_info.txt`: line n is `<IP> <PORT> [FINGERPRINT] [store=NAME]`; empty lines and those that begin
 * with `#` are passed over.
 * @throws ShoalError `TRACKER_INVALID`, with the line's number
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
 * A location in its one form: no brackets around its host, and its fingerprint as `parseFingerprint` gives it.
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

/** Stricter than a URL, which may have a user and a path, and drops a line's end in its middle without a word. */
const TRACKER_URL = /^(wss:\/\/(?:\[[0-9a-f:.]+\]|[\p{L}\p{M}\p{N}._-]+)(?::\d{1,5})?)\/?(?:#(.+))?$/iu;

/**
 * Reads `wss://host:port`, with the fingerprint behind a `#` where it is known.
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
