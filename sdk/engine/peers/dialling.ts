import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressFault } from '../../protocol/index.js';

/**
 * The time given to each address of a host name before the next one is tried. Node then abandons the first one for good. The value
 * therefore exceeds any line's round trip plus one lost packet; Node's default of 250 ms fails over a satellite link.
 */
export const ADDRESS_TIMEOUT_MS = 2500;

/**
 * Resolves the host names of peers and omits forbidden addresses: the owner of a name decides what it resolves to.
 * @param loopback whether loopback addresses are allowed
 */
export function peerLookup(loopback: () => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error) return callback(error, []);
      const addresses = found.filter(({ address }) => addressFault(address, loopback()) === undefined);
      const [first] = addresses;
      if (!first) callback(new Error(`${hostname} stands for no address that a peer is dialled at`), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
