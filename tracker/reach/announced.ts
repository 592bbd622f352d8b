import { isIP, SocketAddress } from 'node:net';
import {
  addressFault,
  type DeviceAddress,
  type DeviceProof,
  type Endpoint,
  endpointFault,
  formatEndpoint,
  isLoopbackAddress,
  isPrivateAddress,
  MAX_ADDRESSES,
  ShoalError,
} from '@shoal/sdk/protocol';
import { plainAddress } from '../server/budgets/address.js';
import type { Place } from '../swarm/swarm.js';

/** What a device announces at a sign-in and by `moved`. */
export type Announced = Pick<DeviceProof, 'endpoint' | 'addresses'>;

/**
 * Where a device is reached: at what it announces, as far as peers may dial that, and at the address at which the tracker sees it.
 * Addresses that peers must not dial are dropped, and the rest counts: one useless interface must not keep a device from signing in.
 * @throws ShoalError `INVALID_ARGUMENT` if peers must not dial `endpoint`, the only address of a client of version 0.1
 */
export function placeOf({ endpoint: said, addresses }: Announced, seen: string, meets: boolean): Place {
  const only = reachableEndpoint(said, seen);
  const accepted = said === null ? [] : acceptAddresses(addresses ?? [], seen);
  const own = addresses && only ? seenAddress(only.port, accepted, seen) : addressOf(only, seen);
  const endpoint = addresses && !isNamed(said) ? (own ?? null) : only;
  const all = own ? withOwn(accepted, own) : accepted;
  const serves = endpoint !== null || all.length > 0 || (meets && said === null && addresses !== undefined);
  const unchecked = all.map((one) => ({ ...one, verdict: 'unchecked' as const }));
  return {
    endpoint: endpoint && { host: endpoint.host, port: endpoint.port },
    seen,
    addresses: unchecked,
    reach: undefined,
    isChecked: false,
    serves,
  };
}

/** The addresses that peers may dial, each once. */
export function acceptAddresses(announced: readonly DeviceAddress[], seen: string): DeviceAddress[] {
  const accepted = new Map<string, DeviceAddress>();
  for (const { host, port, kind } of announced) {
    const address = canonicalAddress(host);
    if (address === undefined || kind === 'seen') continue; // only the tracker knows what it sees
    const key = formatEndpoint(address, port);
    if (accepted.has(key) || endpointFault({ host: address, port }, isLoopbackAddress(seen)) !== undefined) continue;
    accepted.set(key, { host: address, port, kind: kindOf(address, kind) });
  }
  return [...accepted.values()];
}

/**
 * What a verdict is about. It holds until the next check, but not for a port that a router has opened since: at the same host and port, the
 * router let nobody in before.
 */
export function verdictKey({ host, port, kind }: DeviceAddress): string {
  return `${formatEndpoint(host, port)}${kind === 'mapped' ? ' mapped' : ''}`;
}

/** One form for each IP address, IPv4 where it is one inside IPv6; undefined for anything else. */
export function canonicalAddress(host: string): string | undefined {
  const family = isIP(host);
  if (family === 4) return host; // which has no other form
  if (family === 0 || host.includes('%')) return undefined;
  return plainAddress(new SocketAddress({ address: host, family: 'ipv6' }).address);
}

function kindOf(address: string, kind: DeviceAddress['kind']): DeviceAddress['kind'] {
  if (kind !== 'global' && kind !== 'private') return kind;
  return isPrivateAddress(address) || isLoopbackAddress(address) ? 'private' : 'global';
}

/** The address that the tracker sees, with the port that the device announces. */
function seenAddress(port: number, accepted: readonly DeviceAddress[], seen: string): DeviceAddress | undefined {
  // A device that has no IPv6 address to announce listens on IPv4 only.
  const isSixHere = isIP(seen) === 6 && !accepted.some(({ host }) => isIP(host) === 6);
  const host = isSixHere ? ownHost(seen) : seen;
  if (isSixHere && isIP(host) === 6) return undefined;
  const isDialled = endpointFault({ host, port }, isLoopbackAddress(seen)) === undefined;
  return isDialled ? { host, port, kind: 'seen' } : undefined;
}

/** An endpoint as an address, if its host is an IP address. */
function addressOf(endpoint: Endpoint | null, seen: string): DeviceAddress | undefined {
  const host = endpoint && canonicalAddress(endpoint.host);
  return host ? { host, port: endpoint.port, kind: host === ownHost(seen) ? 'seen' : 'configured' } : undefined;
}

/** The address that the tracker sees. Clients of version 0.1 listen on IPv4 unless their users say otherwise. */
function ownHost(seen: string): string {
  return seen === '::1' ? '127.0.0.1' : seen;
}

/** Whether a device says where it serves, and not only at which port. */
function isNamed(said: Announced['endpoint']): boolean {
  return said?.host !== undefined && said.host !== '0.0.0.0' && said.host !== '::';
}

/** Configured and mapped addresses, the seen one, and those of interfaces, in the order of the device. */
function withOwn(accepted: readonly DeviceAddress[], own: DeviceAddress): DeviceAddress[] {
  if (accepted.some(({ host, port }) => host === own.host && port === own.port))
    return accepted.slice(0, MAX_ADDRESSES);
  const made = accepted.filter(({ kind }) => kind === 'configured' || kind === 'mapped').slice(0, MAX_ADDRESSES - 1);
  const found = accepted.filter(({ kind }) => kind === 'global' || kind === 'private');
  return [...made, own, ...found].slice(0, MAX_ADDRESSES);
}

/**
 * The address at which others reach the device: the announced one, or the one that the tracker sees if the device
 * announces none or an unspecified one. Null if the address works only on the device's own computer, or if others
 * cannot reach it.
 */
function reachableEndpoint(said: Announced['endpoint'], seen: string): Endpoint | null {
  if (said === null) return null;
  const named = isNamed(said) ? said.host : undefined;
  const endpoint = { host: (named && canonicalAddress(named)) ?? named ?? ownHost(seen), port: said.port };
  const fault = endpointFault(endpoint, isLoopbackAddress(seen));
  if (fault === undefined) return endpoint;
  if (endpointFault(endpoint, true) === undefined) return null; // it listens only for its own computer
  if (named === undefined && addressFault(seen, true) !== undefined) return null;
  const place = JSON.stringify(formatEndpoint(endpoint.host, endpoint.port));
  throw new ShoalError('INVALID_ARGUMENT', `Peers cannot dial ${place}: it ${fault}. Serve at another address.`);
}
