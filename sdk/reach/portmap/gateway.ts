import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { LINUX_ROUTES_FILE, parseLinuxRoutes } from '../../program/index.js';
import type { MapperClock } from './router/clock.js';
import { PortMapError } from './router/port-map-error.js';
import { closedAddressKind } from './router/public-address.js';
import type { Route } from './router/router.js';
import { SSDP_GROUP, searchRouters } from './upnp/ssdp.js';

/** An address that no computer has (RFC 5737): the way to it is the way to the Internet. No packet is sent to it. */
const ELSEWHERE = '192.0.2.1';
const DISCARD_PORT = 9;

/** What the search for the gateway reads of the system. */
export interface NetworkSources {
  /** The system's table of routes, as Linux writes it; undefined elsewhere. */
  routes(): Promise<string | undefined>;
  interfaces(): NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** The own address on the way to another one. Rejects if there is no way. */
  addressTowards(host: string): Promise<string>;
  /** The first router that answers a search by UPnP. */
  responder(route: Route, signal: AbortSignal): Promise<string | undefined>;
}

/** The running system. */
export function systemNetwork(clock: MapperClock): NetworkSources {
  return {
    routes: async () =>
      process.platform === 'linux' ? readFile(LINUX_ROUTES_FILE, 'latin1').catch(() => undefined) : undefined,
    interfaces: networkInterfaces,
    addressTowards,
    responder: async (route, signal) => {
      for await (const { location } of searchRouters({ route, clock, random: Math.random }, SSDP_GROUP, signal))
        return location.hostname;
      return undefined;
    },
  };
}

/**
 * Finds the IPv4 gateway: the default route on Linux; elsewhere the router that answers by UPnP, or the first address of the network. It
 * runs no program.
 * @throws PortMapError `no-router`, or `not-needed` if this computer's address is public; the signal's reason
 */
export async function findRoute(network: NetworkSources, signal: AbortSignal): Promise<Route> {
  const table = await network.routes();
  const listed = table === undefined ? undefined : defaultGateway(table);
  if (table !== undefined && listed === undefined) throw noRouter();
  const localAddress = await network.addressTowards(listed ?? ELSEWHERE).catch((cause: unknown) => {
    throw noRouter(cause);
  });
  const own = Object.values(network.interfaces())
    .flatMap((infos) => infos ?? [])
    .find(({ address }) => address === localAddress);
  if (!own) throw noRouter();
  if (closedAddressKind(localAddress) === undefined)
    throw new PortMapError('not-needed', `This computer has the public address ${localAddress}: no router maps ports.`);
  const isNeighbour = neighbourRule(localAddress, own.netmask);
  if (listed !== undefined) return { gateway: listed, localAddress, isNeighbour };
  const first = firstHost(localAddress, own.netmask);
  const responder = await network.responder({ gateway: first, localAddress, isNeighbour }, signal);
  signal.throwIfAborted();
  const gateway = responder ?? first;
  if (!isNeighbour(gateway)) throw noRouter();
  return { gateway, localAddress, isNeighbour };
}

/** The default route's gateway with the lowest metric in the table of routes of Linux; undefined if there is none. */
export function defaultGateway(table: string, isLittleEndian?: boolean): string | undefined {
  const routes = parseLinuxRoutes(table, isLittleEndian).filter(({ isDefault }) => isDefault);
  return routes.toSorted((a, b) => a.metric - b.metric)[0]?.gateway;
}

/** The first address of a network, which most routers have. */
export function firstHost(address: string, netmask: string): string {
  return addressOf((((numberOf(address) & numberOf(netmask)) >>> 0) + 1) >>> 0);
}

/** Which addresses are other computers in the own network: neither loopback nor link-local, nor the own one. */
export function neighbourRule(localAddress: string, netmask: string): (address: string) => boolean {
  const mask = numberOf(netmask);
  const network = (numberOf(localAddress) & mask) >>> 0;
  return (address) => {
    if (!isIPv4(address) || address === localAddress) return false;
    const kind = closedAddressKind(address);
    return kind !== 'loopback' && kind !== 'link-local' && (numberOf(address) & mask) >>> 0 === network;
  };
}

/** Asks the system for the source address on the way to a host. A UDP socket that is only connected sends nothing. */
function addressTowards(host: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.unref();
  return new Promise<string>((resolve, reject) => {
    socket.on('error', reject);
    socket.connect(DISCARD_PORT, host, (error?: Error) => {
      if (error) reject(error);
      else resolve(socket.address().address);
    });
  }).finally(() => socket.close());
}

function noRouter(cause?: unknown): PortMapError {
  return new PortMapError('no-router', 'This computer has no router that could open a port: check its network.', {
    cause,
  });
}

function numberOf(address: string): number {
  return Buffer.from(address.split('.').map(Number)).readUInt32BE(0);
}

function addressOf(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes.join('.');
}
