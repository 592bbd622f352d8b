import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import {
  type DeviceAddress,
  type Endpoint,
  endpointFault,
  isLoopbackAddress,
  isPrivateAddress,
  MAX_ADDRESSES,
} from '../protocol/index.js';

/** The network interfaces of a computer, as `os.networkInterfaces()` returns them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/**
 * The interfaces of this computer; none if the system does not tell them. Some sandboxes refuse, and a device there is
 * still reached at the address that the tracker sees.
 */
export function systemInterfaces(read: () => Interfaces = networkInterfaces): Interfaces {
  try {
    return read();
  } catch {
    return {};
  }
}

/** Interfaces between this computer and its own containers and virtual machines. Interfaces of VPNs are not among them. */
const VIRTUAL = /^(?:docker|br-|veth|virbr|vmnet|vEthernet|cni)/;

/** Addresses of one interface in one /64. An interface may have a dozen that all lead to it, most of them temporary. */
const MAX_OF_A_SUBNET = 2;
/** Addresses that a host name stands for. Other ways must fit into an announcement, too. */
const MAX_CONFIGURED = 4;

/** Whether an IP address is one of the Internet, and not of a computer or a network alone. */
export function isGlobalAddress(address: string): boolean {
  return isIP(address) !== 0 && !isLoopbackAddress(address) && !isPrivateAddress(address);
}

export interface InterfaceChoice {
  /** The local address of the connection to the tracker. Its interface leads somewhere for certain, and comes first. */
  readonly route?: string | undefined;
  /** Whether addresses for this computer alone count. They do if the tracker is on it. */
  readonly loopback: boolean;
  /** Only IPv4 addresses. Default: both families. */
  readonly onlyV4?: boolean | undefined;
}

/** The addresses of real interfaces at which others may reach this computer: global ones first, the likeliest first. */
export function interfaceAddresses(interfaces: Interfaces, choice: InterfaceChoice): string[] {
  const { route, loopback, onlyV4 = false } = choice;
  const real = Object.entries(interfaces)
    .map(([name, infos = []]) => ({ name, infos, isRoute: infos.some(({ address }) => address === route) }))
    .filter(({ name, isRoute }) => isRoute || !VIRTUAL.test(name))
    .sort((a, b) => Number(b.isRoute) - Number(a.isRoute));
  const found = real.flatMap(({ infos, isRoute }) => {
    const usable = infos.filter(
      ({ address, family }) => (!onlyV4 || family === 'IPv4') && fault(address, loopback) === undefined,
    );
    const ordered = isRoute ? [...usable].sort((a, b) => +(b.address === route) - +(a.address === route)) : usable;
    return fewOfEachSubnet(ordered.map(({ address }) => address));
  });
  const unique = [...new Set(found)];
  return [...unique.filter(isGlobalAddress), ...unique.filter((address) => !isGlobalAddress(address))];
}

export interface OwnPlaces {
  /** Where the user says that others reach this device: IP addresses. */
  readonly configured: readonly Endpoint[];
  /** What a router forwards to this device. */
  readonly mapped?: Endpoint | undefined;
  /** Addresses of this computer, in order. */
  readonly own: readonly string[];
  /** The port at which this device serves pieces. */
  readonly port: number;
  /** Whether addresses for this computer alone count. */
  readonly loopback: boolean;
}

/**
 * What a device announces: configured, mapped, global and private addresses, in this order, at most `MAX_ADDRESSES`. It
 * leaves out what peers must not dial.
 */
export function announcedAddresses({ configured, mapped, own, port, loopback }: OwnPlaces): DeviceAddress[] {
  const ofOwn = own.map((host) => ({ host, port, kind: isGlobalAddress(host) ? 'global' : 'private' }) as const);
  const all: DeviceAddress[] = [
    ...configured.slice(0, MAX_CONFIGURED).map((place) => ({ ...place, kind: 'configured' }) as const),
    ...(mapped ? [{ ...mapped, kind: 'mapped' } as const] : []),
    ...ofOwn.filter(({ kind }) => kind === 'global'),
    ...ofOwn.filter(({ kind }) => kind === 'private'),
  ];
  const announced = new Map<string, DeviceAddress>();
  for (const { host: spelt, port: at, kind } of all) {
    const host = canonical(spelt);
    if (host === undefined || endpointFault({ host, port: at }, loopback) !== undefined) continue;
    const key = `${at} ${host}`;
    if (!announced.has(key)) announced.set(key, { host, port: at, kind });
  }
  return [...announced.values()].slice(0, MAX_ADDRESSES);
}

/** What tells one state of the network from another: the usable addresses of real interfaces with their networks. */
export function networkSignature(interfaces: Interfaces): string {
  const parts = Object.entries(interfaces)
    .filter(([name]) => !VIRTUAL.test(name))
    .flatMap(([name, infos = []]) =>
      infos
        .filter(({ address }) => fault(address, false) === undefined)
        .map(({ address, cidr }) => [name, cidr ?? address]),
    );
  return JSON.stringify(parts.map((part) => part.join(' ')).sort());
}

/** Whether an interface of this computer has the address. */
export function hasAddress(interfaces: Interfaces, address: string): boolean {
  const wanted = canonical(withoutZone(address));
  return Object.values(interfaces).some((infos) =>
    infos?.some((info) => wanted !== undefined && canonical(withoutZone(info.address)) === wanted),
  );
}

/** Why peers cannot dial an address of an interface; its port is another matter. */
function fault(address: string, loopback: boolean): string | undefined {
  return canonical(address) === undefined ? 'is no IP address' : endpointFault({ host: address, port: 443 }, loopback);
}

/** The usual spelling of an IP address; undefined if it is none. */
function canonical(address: string): string | undefined {
  if (isIPv4(address)) return address;
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const plain = new SocketAddress({ address, family: 'ipv6' }).address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  return mapped ?? plain;
}

/** An address without the interface that a link-local one is followed by. */
function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function fewOfEachSubnet(addresses: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return addresses.filter((address) => {
    if (!isIPv6(address)) return true;
    const subnet = subnetOf(address);
    const count = (counts.get(subnet) ?? 0) + 1;
    counts.set(subnet, count);
    return count <= MAX_OF_A_SUBNET;
  });
}

/** The first 64 bits of an IPv6 address. */
function subnetOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const [before, after] = [head, tail ?? ''].map((text) => text.split(':').filter((word) => word !== ''));
  const words = before ?? [];
  const zeros = tail === undefined ? 0 : 8 - words.length - (after?.length ?? 0);
  return [...words, ...new Array<string>(zeros).fill('0'), ...(after ?? [])].slice(0, 4).join(':');
}
