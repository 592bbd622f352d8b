import { BlockList, isIPv4 } from 'node:net';
import { addressFault, isLoopbackAddress, isPrivateAddress } from '../../../protocol/index.js';
import { PortMapError } from './port-map-error.js';

/** What of private and undialled addresses is told apart. */
const NAMED = { "provider's": listOf('100.64.0.0/10'), 'link-local': listOf('169.254.0.0/16') } as const;

/**
 * Addresses that peers may dial, and that no router has towards the Internet all the same (IANA special-purpose registry): of protocols and of
 * documentation.
 */
const UNUSED = listOf('192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.51.100.0/24', '203.0.113.0/24');

/** What kind of address cannot be reached from the Internet; undefined for a public IPv4 address. */
export function closedAddressKind(address: string): string | undefined {
  if (!isIPv4(address)) return 'malformed';
  if (isLoopbackAddress(address)) return 'loopback';
  const named = Object.entries(NAMED).find(([, list]) => list.check(address, 'ipv4'))?.[0];
  if (named !== undefined) return named;
  if (isPrivateAddress(address)) return 'private';
  return UNUSED.check(address, 'ipv4') || addressFault(address, false) !== undefined ? 'reserved' : undefined;
}

/** @throws PortMapError `double-nat` unless a router's external address can be reached from the Internet */
export function requirePublic(address: string): void {
  const kind = closedAddressKind(address);
  if (kind === undefined) return;
  throw new PortMapError(
    'double-nat',
    `The router's own address ${address} is ${kind}: another router stands between it and the Internet, so a port that it opens reaches nobody.`,
  );
}

function listOf(...networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), 'ipv4');
  }
  return list;
}
