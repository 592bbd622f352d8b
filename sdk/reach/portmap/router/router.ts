import type { MapperClock } from './clock.js';

/** The protocols by which a router maps ports. */
export type MappedBy = 'pcp' | 'nat-pmp' | 'upnp';

/** The lifetime that a mapping is asked for. */
export const LEASE_SECONDS = 7200;

/** The way from this computer to its router. */
export interface Route {
  /** The router's IPv4 address in the local network. */
  readonly gateway: string;
  /** This computer's address in the same network. */
  readonly localAddress: string;
  /** Whether an address is another computer's in the same network, so that a router may answer from it. */
  isNeighbour(address: string): boolean;
}

/** What a conversation with a router takes. */
export interface Conversation {
  readonly route: Route;
  readonly clock: MapperClock;
  /** Numbers in [0, 1): jitter of retransmissions. */
  readonly random: () => number;
}

export interface Ports {
  /** The TCP port at which this computer listens. */
  readonly internalPort: number;
  /** The wanted or granted TCP port at the router's external address. */
  readonly externalPort: number;
}

/** A mapping, as a router has granted it. */
export interface Granted {
  /** The router's external address. */
  readonly host: string;
  readonly port: number;
  /** From the answer on; `Infinity`: until it is deleted. */
  readonly lifetimeMs: number;
}

/**
 * A router that has answered. It holds no socket between two calls. Each call rejects with a `PortMapError`, or with the signal's reason.
 * What a call sends is bounded in number and time.
 */
export interface Router {
  readonly by: MappedBy;
  readonly route: Route;
  /** Adds a mapping, or renews it. The router may grant another external port. */
  map(ports: Ports, signal: AbortSignal): Promise<Granted>;
  /** Whether the router still has the mapping. */
  check(ports: Ports, granted: Granted, signal: AbortSignal): Promise<'held' | 'lost'>;
  /** Deletes the mapping. It never deletes one of another computer. */
  unmap(ports: Ports, signal: AbortSignal): Promise<void>;
}

/** The lifetime that counts: a router may grant less than was asked, but nobody waits longer for a renewal. */
export function lifetimeMs(grantedSeconds: number): number {
  return Math.min(grantedSeconds, LEASE_SECONDS) * 1000;
}
