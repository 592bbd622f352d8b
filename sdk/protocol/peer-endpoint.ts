import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Endpoint } from './tracker-address.js';

/**
 * Where a member may send others to. What a device announces is dialled by everyone in its groups, so it must not be a way to make them
 * knock at services of their own computer or network that no peer would listen at.
 */

/** Ports that a peer may serve at: none that belongs to the system's services, but the one that firewalls leave open. */
export const LOWEST_PEER_PORT = 1024;
const ALWAYS_OPEN_PORT = 443;

const MAX_HOST_NAME_CHARACTERS = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** What resolvers read as a number, and so as an address in disguise: `127.1`, `0x7f000001`. */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/i;

/** Addresses that are nobody's in particular, or everybody's. IPv4 addresses written as IPv6 ones are judged as what they are. */
const NOWHERE = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8], // unspecified
  ['169.254.0.0', 16], // link-local
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const)
  NOWHERE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['fe80::', 10], // link-local
  ['ff00::', 8], // multicast
  ['::', 96], // unspecified, and IPv4 addresses in a form that nobody uses; loopback is looked at before
] as const)
  NOWHERE.addSubnet(net, prefix, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Networks whose addresses carry an IPv4 address, and the byte at which it stands: NAT64 and 6to4. Mapped ones the list knows itself. */
const CARRIERS = [
  { net: '64:ff9b::', prefix: 96, at: 12 },
  { net: '2002::', prefix: 16, at: 2 },
].map(({ net, prefix, at }) => {
  const list = new BlockList();
  list.addSubnet(net, prefix, 'ipv6');
  return { list, at };
});

/** Whether a literal address is one of this computer alone. */
export function isLoopbackAddress(address: string): boolean {
  return isListed(LOOPBACK, address);
}

/**
 * Why a peer's endpoint is not to be dialled, in words that follow "it"; undefined when it may be.
 * @param loopback whether an address of the own computer is one of a peer: where the tracker, too, is reached on it
 */
export function endpointFault({ host, port }: Endpoint, loopback: boolean): string | undefined {
  if (!Number.isInteger(port) || (port !== ALWAYS_OPEN_PORT && !(port >= LOWEST_PEER_PORT && port <= 65_535)))
    return `has the port ${port}: a peer serves at ${LOWEST_PEER_PORT} or above, or at ${ALWAYS_OPEN_PORT}`;
  if (isIP(host) === 0) return hostNameFault(host, loopback);
  return addressFault(host, loopback);
}

/** As `endpointFault`, of a literal address: also of what a host name turned out to stand for. */
export function addressFault(address: string, loopback: boolean): string | undefined {
  if (isLoopbackAddress(address)) return loopback ? undefined : 'is an address of the own computer';
  return address.includes('%') || isListed(NOWHERE, address) ? 'is no address of one computer' : undefined;
}

function hostNameFault(host: string, loopback: boolean): string | undefined {
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  if (host.length > MAX_HOST_NAME_CHARACTERS || !labels.every((label) => LABEL.test(label)) || NUMERIC_LABEL.test(last))
    return 'is neither an address nor the plain name of a host';
  return !loopback && last.toLowerCase() === 'localhost' ? 'is the name of the own computer' : undefined;
}

function isListed(list: BlockList, address: string): boolean {
  if (isIPv4(address)) return list.check(address, 'ipv4');
  if (isIP(address) === 0) return false;
  if (list.check(address, 'ipv6')) return true;
  const carrier = CARRIERS.find((one) => one.list.check(address, 'ipv6'));
  return carrier !== undefined && list.check(carriedAddress(address, carrier.at), 'ipv4');
}

/** The IPv4 address within an IPv6 one. */
function carriedAddress(address: string, at: number): string {
  return bytesOf(address)
    .slice(at, at + 4)
    .join('.');
}

/** The sixteen bytes of an IPv6 address; a URL knows how to write it in one form. */
function bytesOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [words(head), words(tail)];
  const all = [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]);
}
