import { isIP } from 'node:net';
import { AddressList } from './address-list.js';
import type { Endpoint } from './tracker-address.js';

/**
 * Which endpoints a device may announce. All members of its groups dial them, so an announcement must not direct them to services of
 * their own computer or network.
 */

/** The lowest port of a peer: lower ports belong to services of the system. Port 443 is allowed too, because firewalls leave it open. */
export const LOWEST_PEER_PORT = 1024;
const ALWAYS_OPEN_PORT = 443;

const MAX_HOST_NAME_CHARACTERS = 253;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** A label that resolvers read as a number, so that the name is an address: `127.1`, `0x7f000001`. */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/i;

/** Addresses that do not belong to one computer. IPv4-mapped IPv6 addresses are checked as IPv4 addresses. */
const NOWHERE = new AddressList(
  [
    ['0.0.0.0', 8], // unspecified
    ['169.254.0.0', 16], // link-local
    ['224.0.0.0', 4], // multicast
    ['240.0.0.0', 4], // reserved, and broadcast
  ],
  [
    ['fe80::', 10], // link-local
    ['ff00::', 8], // multicast
    ['::', 96], // unspecified, and deprecated IPv4-compatible addresses; loopback is checked before
    ['::ffff:0:0:0', 96], // translated IPv4 addresses
    ['64:ff9b:1::', 48], // translators of one network
    ['2001::', 32], // Teredo, which contains two IPv4 addresses
  ],
);

/** Addresses that mean something only inside one network: private ones, those of carriers' NATs and of benchmarks, unique local ones. */
const PRIVATE = new AddressList(
  [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ],
  [
    ['fc00::', 7],
    ['fec0::', 10],
  ],
);

const LOOPBACK = new AddressList([['127.0.0.0', 8]], [['::1', 128]]);

/**
 * Networks whose addresses contain an IPv4 address, and its byte offset: NAT64 and 6to4. A public one is allowed there; any other one would
 * lead into the network of a translator or of a tunnel. `AddressList` handles mapped addresses itself.
 */
const CARRIERS = [
  { net: '64:ff9b::', prefix: 96, at: 12 },
  { net: '2002::', prefix: 16, at: 2 },
].map(({ net, prefix, at }) => ({ list: new AddressList([], [[net, prefix]]), at }));

/** Whether an IP address is a loopback address. */
export function isLoopbackAddress(address: string): boolean {
  return isListed(LOOPBACK, address);
}

/** Whether an IP address belongs to a private network, so that it names different computers in different places. */
export function isPrivateAddress(address: string): boolean {
  return isListed(PRIVATE, address);
}

/**
 * Why the endpoint of a peer must not be dialled, as words that follow "it"; undefined if it may be dialled.
 * @param loopback whether loopback addresses are allowed: true if the tracker has one, too
 */
export function endpointFault({ host, port }: Endpoint, loopback: boolean): string | undefined {
  if (!Number.isInteger(port) || (port !== ALWAYS_OPEN_PORT && !(port >= LOWEST_PEER_PORT && port <= 65_535)))
    return `has the port ${port}: a peer serves at ${LOWEST_PEER_PORT} or above, or at ${ALWAYS_OPEN_PORT}`;
  if (isIP(host) === 0) return hostNameFault(host, loopback);
  return addressFault(host, loopback);
}

/** Like `endpointFault`, for an IP address: of an endpoint, or the result of resolving its host name. */
export function addressFault(address: string, loopback: boolean): string | undefined {
  if (carriesClosed(address)) return 'is no address of one computer';
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

function isListed(list: AddressList, address: string): boolean {
  if (list.has(address)) return true;
  const carried = isIP(address) === 6 ? carriedAddress(address) : undefined;
  return carried !== undefined && list.has(carried);
}

/** Whether an IPv6 address contains an IPv4 address that is not public. */
function carriesClosed(address: string): boolean {
  const carried = isIP(address) === 6 ? carriedAddress(address) : undefined;
  return carried !== undefined && [LOOPBACK, PRIVATE, NOWHERE].some((list) => list.has(carried));
}

/** The IPv4 address inside an IPv6 address of NAT64 or 6to4. */
function carriedAddress(address: string): string | undefined {
  const carrier = CARRIERS.find(({ list }) => list.has(address));
  return (
    carrier &&
    bytesOf(address)
      .slice(carrier.at, carrier.at + 4)
      .join('.')
  );
}

/** The 16 bytes of an IPv6 address; `URL` normalises its text. */
function bytesOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const words = (text: string | undefined) => (text ? text.split(':') : []);
  const [before, after] = [words(head), words(tail)];
  const all = [...before, ...new Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]);
}
