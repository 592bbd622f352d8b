import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Addresses at which colleagues may reach this computer: those of a local network first, IPv4 before IPv6, no loopback.
 */
export function ownAddresses(interfaces = networkInterfaces()): string[] {
  const outward = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
  return outward.sort((a, b) => rank(a) - rank(b));
}

function rank(address: string): number {
  if (!isIPv4(address)) return 2;
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ? 0 : 1;
}
