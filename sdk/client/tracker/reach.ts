import { type Endpoint, endpointFault, formatEndpoint, parseEndpoint, ShoalError } from '../../protocol/index.js';
import type { Online } from './tracker-meeting.js';

/** Whether an address is the wildcard. The tracker replaces it by the address that it sees. */
export function isAnyAddress(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/**
 * Parses the address that peers dial. For the host `0.0.0.0`, it is the address that the tracker sees, with this port.
 * @throws ShoalError `INVALID_ARGUMENT` if peers must not be sent to this address
 */
export function parseAdvertised(advertise: string | Endpoint): Endpoint {
  const { host, port } = parseEndpoint(advertise);
  const fault = endpointFault({ host: isAnyAddress(host) ? '127.0.0.1' : host, port }, true);
  if (fault === undefined) return { host, port };
  const place = formatEndpoint(host, port);
  throw new ShoalError('INVALID_ARGUMENT', `Peers cannot dial ${place}: it ${fault}. Advertise another address.`);
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
    `is elsewhere (${tracker}). Serve at 0.0.0.0:${serving.port}, or advertise an address that others can dial.`
  );
}
