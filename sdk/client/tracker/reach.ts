import { type Endpoint, endpointFault, formatEndpoint, parseEndpoint, ShoalError } from '../../protocol/index.js';
import type { Online } from './tracker-meeting.js';

/** What stands for every address of a computer: the tracker puts the one that it sees in its place. */
export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/**
 * Reads where others are to dial. With `0.0.0.0` as its host it is the address that the tracker sees, at that port.
 * @throws ShoalError `INVALID_ARGUMENT` for a place that nobody may be sent to
 */
export function parseAdvertised(advertise: string | Endpoint): Endpoint {
  const { host, port } = parseEndpoint(advertise);
  const fault = endpointFault({ host: isAnyAddress(host) ? '127.0.0.1' : host, port }, true);
  if (fault === undefined) return { host, port };
  const place = formatEndpoint(host, port);
  throw new ShoalError('INVALID_ARGUMENT', `Peers cannot dial ${place}: it ${fault}. Advertise another address.`);
}

/** Why devices on other computers cannot fetch from this one, and what to do; undefined where nothing is known to keep them from it. */
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
    `is elsewhere (${tracker}). Serve at 0.0.0.0:${serving.port}, or advertise an address that others can dial.`
  );
}
