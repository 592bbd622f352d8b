import {
  type DeviceAddress,
  type Endpoint,
  isLoopbackAddress,
  isPrivateAddress,
  type Source,
} from '@shoal/sdk/protocol';
import { addressKey } from '../server/budgets/address.js';
import type { CheckedAddress, KnownSource, Place } from '../swarm/swarm.js';
import { canonicalAddress } from './announced.js';
import { isInside, type Sites } from './sites.js';

/** A client that is told of a source. */
export interface Viewer {
  /** The address at which the tracker sees it. */
  readonly seen: string;
  /** Whether it understands more than one address of a source, unlike version 0.1. */
  readonly knowsReach: boolean;
}

/** The endpoint of a source that has no address for this client. Nobody dials it. */
const NOWHERE: Endpoint = { host: '0.0.0.0', port: 443 };

/** A source as a client may know it; undefined if the client has no way to it. */
export function sourceFor(known: KnownSource, { seen, knowsReach }: Viewer, sites: Sites): Source | undefined {
  const { deviceId, userId, complete, endpoint, reach, meets } = known;
  const told = addressesFor(known, seen, sites);
  const open = told.find(({ verdict }) => verdict === 'open');
  if (!knowsReach) {
    const one = open ?? endpoint ?? told[0];
    return one ? { deviceId, userId, host: one.host, port: one.port, complete } : undefined;
  }
  const named = endpoint && canonicalAddress(endpoint.host) === undefined ? endpoint : undefined;
  const first = open ?? named ?? told[0];
  if (!first && !meets) return undefined;
  const { host, port } = first ?? NOWHERE;
  const addresses = told.map((one): DeviceAddress => ({ host: one.host, port: one.port, kind: one.kind }));
  return { deviceId, userId, host, port, complete, addresses, ...(reach && { reach }), meets };
}

/** The sources to which a client has a way, as it may know them. */
export function sourcesFor(known: readonly KnownSource[], viewer: Viewer, sites: Sites): Source[] {
  return known.flatMap((one) => sourceFor(one, viewer, sites) ?? []);
}

/** The addresses of a device that somebody at `viewerSeen` may dial, the likeliest first. */
export function addressesFor(place: Place, viewerSeen: string, sites: Sites): CheckedAddress[] {
  const isNear = sites.isOne(place.seen, viewerSeen);
  return place.addresses
    .filter((address) => mayTell(address, place, viewerSeen, isNear))
    .sort((one, other) => rank(one, isNear) - rank(other, isNear)); // stable: else in the order of the device
}

/**
 * Loopback addresses are told on the tracker's own computer, and private ones in the device's own network. An address that is
 * global, and not the one that the tracker sees, may be anybody's: it is told once the device answered there. The tracker
 * cannot judge that from inside the device's network, or without a route to the address.
 */
function mayTell({ host, verdict }: CheckedAddress, place: Place, viewerSeen: string, isNear: boolean): boolean {
  if (verdict === 'other') return false;
  if (isLoopbackAddress(host)) return isLoopbackAddress(place.seen) && isLoopbackAddress(viewerSeen);
  if (isPrivateAddress(host)) return isNear;
  if (verdict === 'open' || isOwn(host, place.seen) || isInside(place.seen)) return true;
  return verdict === 'unchecked' && place.isChecked;
}

/** Whether an address is the one that the tracker sees, or of the same IPv6 network. */
function isOwn(host: string, seen: string): boolean {
  return addressKey(host) === addressKey(seen);
}

const AFTER_VERDICT = { open: 0, unchecked: 1, closed: 2, other: 3 } as const;

/** In the own network, its addresses come first, as those of a router seldom work from inside. */
function rank({ host, verdict }: CheckedAddress, isNear: boolean): number {
  const isLocal = isNear && (isLoopbackAddress(host) || isPrivateAddress(host));
  return AFTER_VERDICT[verdict] + (isLocal ? 0 : 10);
}
