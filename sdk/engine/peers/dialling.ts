import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { addressFault } from '../../protocol/index.js';

/**
 * How long each address of a name is tried before the next one: Node gives one up for good then, so this is longer than any line's round
 * trip and one packet that was lost; its own quarter of a second reaches nobody over a satellite.
 */
export const ADDRESS_TIMEOUT_MS = 2500;

/**
 * Looks host names of peers up, and leaves out the addresses that no peer is sent to: a name is whatever its owner says it is.
 * @param loopback whether addresses of this computer are a peer's
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
