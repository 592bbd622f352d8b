import { BlockList, isIPv4 } from 'node:net';
import { PortMapError } from './port-map-error.js';

/** IPv4 networks whose addresses cannot be reached from the Internet (IANA special-purpose registry), by what they are. */
const CLOSED_NETWORKS = {
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  "provider's": ['100.64.0.0/10'],
  'link-local': ['169.254.0.0/16'],
  loopback: ['127.0.0.0/8'],
  reserved: [
    ...['0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24'],
    ...['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ],
} as const;

const LISTS = Object.entries(CLOSED_NETWORKS).map(([kind, networks]) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), 'ipv4');
  }
  return { kind, list };
});

/** What kind of address cannot be reached from the Internet; undefined for a public IPv4 address. */
export function closedAddressKind(address: string): string | undefined {
  if (!isIPv4(address)) return 'malformed';
  return LISTS.find(({ list }) => list.check(address, 'ipv4'))?.kind;
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
