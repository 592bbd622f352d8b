import type { DeviceAddress } from '../../../sdk/protocol/index.js';

/** Forms of an IPv4 address inside an IPv6 one: mapped, translated, compatible, of NAT64 (well-known and local), of 6to4. */
function within(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const words = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const prefixes = ['::ffff:', '::ffff:0:', '::', '64:ff9b::', '64:ff9b:1::'];
  return [...prefixes.map((prefix) => prefix + words), `2002:${words}::1`];
}

/**
 * Addresses that nobody must dial for a member elsewhere.
 * @param neighbour the private address of a computer in somebody's network
 */
export function forbiddenHosts(neighbour: string): string[] {
  const plain = ['127.0.0.1', '169.254.169.254', '10.0.0.1', '172.16.0.1', neighbour, '100.64.0.1', '198.18.0.1'];
  const ofNobody = ['0.0.0.0', '240.0.0.1', '255.255.255.255', '2001:0:a00:1::f5ff:fffe'];
  return [
    ...plain.flatMap((host) => [host, ...within(host)]),
    ...ofNobody,
    '::1',
    'fe80::1',
    'fc00::1',
    'fec0::1',
    '::',
  ];
}

/** Ports of services of a system. */
export const FORBIDDEN_PORTS: readonly number[] = [1, 22, 25, 80, 442, 444, 631, 1023];

/** Names for addresses that nobody must dial, as lines of a file of hosts. */
export function namesOf(hosts: readonly string[]): { readonly names: readonly string[]; readonly lines: string } {
  const named = hosts.map((host, index) => ({ host, name: `trap${index}.example` }));
  return {
    names: named.map(({ name }) => name),
    lines: named.map(({ host, name }) => `${host} ${name}\n`).join(''),
  };
}

/** Addresses as a liar announces them, as many at a time as fit. */
export function announcements(addresses: readonly { host: string; port: number }[], most: number): DeviceAddress[][] {
  const kinds = ['configured', 'mapped', 'global', 'private', 'seen'] as const;
  const all = addresses.map((one, index) => ({ ...one, kind: kinds[index % kinds.length] ?? 'global' }));
  return Array.from({ length: Math.ceil(all.length / most) }, (_none, part) =>
    all.slice(part * most, (part + 1) * most),
  );
}
