import type { ConnectMode } from '../../engine/index.js';
import { type DeviceAddress, type Endpoint, type ReachVerdict, ShoalError } from '../../protocol/index.js';

export type { ConnectMode, PeerPath } from '../../engine/index.js';
export type { DeviceAddress, ReachVerdict } from '../../protocol/index.js';

/** An address of this device, and what the tracker found there. */
export interface ReachAddress extends DeviceAddress {
  /**
   * `open`: this device answered the tracker there. `closed`: nobody answered. `other`: another device answered. `unchecked`: the tracker
   * does not dial it, or has not done so yet.
   */
  readonly verdict: ReachVerdict;
}

/** What a router forwards to this device because the client asked for it. */
export interface ReachMapping extends Endpoint {
  /** The protocol of the router, for people: `PCP`, `NAT-PMP` or `UPnP`. */
  readonly by: string;
}

/**
 * Why a router forwards nothing to this device.
 *
 * - `off`: the option `portMapping` is off.
 * - `unused`: a mapping would be of no use now, so no router is asked.
 * - `asking`: the router is being asked.
 * - `noRouter`: this computer has none.
 * - `notNeeded`: this computer has a public address.
 * - `noAnswer`: the router answers neither PCP, NAT-PMP nor UPnP.
 * - `refused`: the router opens no port.
 * - `conflict`: other computers have all ports that were asked for.
 * - `doubleNat`: another router is between the router and the Internet.
 * - `dead`: the router says that the port is open, and the tracker gets through to nobody there.
 * - `malformed`: the router's answer cannot be read.
 */
export type NoMappingReason =
  | 'off'
  | 'unused'
  | 'asking'
  | 'noRouter'
  | 'notNeeded'
  | 'noAnswer'
  | 'refused'
  | 'conflict'
  | 'doubleNat'
  | 'dead'
  | 'malformed';

/** Why a router forwards nothing to this device. */
export interface NoMapping {
  /** The reason, for programs. */
  readonly reason: NoMappingReason;
  /** The reason in a sentence, for people. */
  readonly why: string;
}

/**
 * What others need to connect with this device.
 *
 * - `signedOut`: nobody is signed in, or the tracker is away, so nothing is known.
 * - `nowhere`: it serves pieces at an address for this computer alone, and the tracker is elsewhere.
 * - `relayOnly`: the user wants the relay only.
 * - `noLocalNetwork`: macOS does not let this program into the local network, as the user has to allow it.
 * - `unknown`: the tracker has version 0.1 and checks nothing.
 * - `checking`: the tracker has checked no address yet.
 * - `open`: others connect directly.
 * - `lan`: others in this network connect directly. The tracker is in it, too, and cannot tell about others.
 * - `local`: the tracker is on this computer, and cannot tell about others.
 * - `behind`: nobody can connect to this device. It connects to others, or both use the relay.
 * - `filtered`: nobody can connect to this device, and nobody but the tracker answers it, so that only the relay is left.
 */
export type ReachSituation =
  | 'signedOut'
  | 'nowhere'
  | 'relayOnly'
  | 'noLocalNetwork'
  | 'unknown'
  | 'checking'
  | 'open'
  | 'lan'
  | 'local'
  | 'behind'
  | 'filtered';

/** Where others reach this device. */
export interface Reach {
  /** The address at which this device serves pieces. */
  readonly listenAddress: Endpoint;
  /** The addresses that this device announces, and the one at which the tracker sees it. */
  readonly addresses: readonly ReachAddress[];
  /** The open address that reaches furthest; undefined if none is open. */
  readonly openAt: ReachAddress | undefined;
  /** What a router forwards; undefined if it forwards nothing. */
  readonly mapping: ReachMapping | undefined;
  /** Why a router forwards nothing; undefined if it does. */
  readonly noMapping: NoMapping | undefined;
  /** Which ways are used. */
  readonly connect: ConnectMode;
  /** Whether the tracker has a relay, and the settings allow it. */
  readonly isRelayed: boolean;
  /** What others need. */
  readonly situation: ReachSituation;
  /** The situation in one sentence, for people. */
  readonly sentence: string;
}

/** All values of `ConnectMode`. */
export const CONNECT_MODES: readonly ConnectMode[] = ['auto', 'direct', 'relay'];

/** Checks a mode that a program gives. @throws ShoalError `INVALID_ARGUMENT` */
export function checkConnect(connect: ConnectMode): ConnectMode {
  if (CONNECT_MODES.includes(connect)) return connect;
  const why = `connect is ${JSON.stringify(connect)}: give one of ${CONNECT_MODES.join(', ')}.`;
  throw new ShoalError('INVALID_ARGUMENT', why);
}
