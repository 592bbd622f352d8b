import { isIPv6 } from 'node:net';
import {
  type Endpoint,
  endpointFault,
  formatEndpoint,
  LOWEST_PEER_PORT,
  parseEndpoint,
  ShoalError,
} from '../../protocol/index.js';
import type { Online } from './tracker-meeting.js';

/** Whether an address is the wildcard. The tracker replaces it by the address that it sees. */
export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** The address that peers dial; without a port, it has the one at which pieces are served. */
export interface Advertised {
  readonly host: string;
  readonly port?: number;
}

/**
 * Parses the address that peers dial: `HOST:PORT`, or `HOST`. For the host `0.0.0.0`, it is the address that the tracker
 * sees, with this port.
 * @throws ShoalError `INVALID_ARGUMENT` if peers must not be sent to this address
 */
export function parseAdvertised(advertise: string | Endpoint): Advertised {
  const host = typeof advertise === 'string' ? hostAlone(advertise) : undefined;
  const place = host === undefined ? parseEndpoint(advertise) : { host };
  const dialled = isAnyAddress(place.host) ? '127.0.0.1' : place.host;
  const fault = endpointFault({ host: dialled, port: 'port' in place ? place.port : LOWEST_PEER_PORT }, true);
  if (fault === undefined) return place;
  const text = typeof advertise === 'string' ? advertise : formatEndpoint(advertise.host, advertise.port);
  throw new ShoalError('INVALID_ARGUMENT', `Peers cannot dial ${text}: it ${fault}. Advertise another address.`);
}

/** The host of a text without a port. */
function hostAlone(text: string): string | undefined {
  const bare = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
  if (isIPv6(bare)) return bare;
  return /^[^\s:[\]/]+$/.test(text) ? text : undefined;
}

/** Why devices on other computers cannot download from this one, and what to do; undefined if no reason is known. */
export function reachFault(
  serving: Endpoint,
  advertised: Endpoint | undefined,
  { isLoopback, location }: Pick<Online, 'isLoopback' | 'location'>,
): string | undefined {
  const told = advertised ?? serving;
  if (isLoopback || isAnyAddress(told.host) || endpointFault({ host: told.host, port: 443 }, false) === undefined)
    return undefined;
  const place = formatEndpoint(told.host, told.port);
  const does = advertised ? 'is advertised' : 'serves pieces';
  const tracker = formatEndpoint(location.host, location.port);
  return (
    `Nobody on another computer can download from this one: it ${does} at ${place}, an address for this computer alone, and the tracker ` +
    `is elsewhere (${tracker}). Serve at [::]:${serving.port}, or advertise an address that others can dial.`
  );
}
