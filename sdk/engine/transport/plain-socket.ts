import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../protocol/index.js';

/**
 * The time given to each address of a host name before the next one is tried. Node then abandons the first one for good. The value
 * therefore exceeds any line's round trip plus one lost packet; Node's default of 250 ms fails over a satellite link.
 */
export const ADDRESS_TIMEOUT_MS = 2500;

/** Opens a connection on which a preamble comes before TLS. */
export function connectPlain({ host, port }: Endpoint): Socket {
  return connect({ host, port, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS });
}
