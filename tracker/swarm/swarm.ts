import {
  type DeviceAddress,
  type Endpoint,
  nameKey,
  type ReachVerdict,
  type TrackerEvent,
  type TrackerEventName,
} from '@shoal/sdk/protocol';
import type { RelayNodes } from './relay-nodes.js';
import type { SharedLimits } from './shared-limits.js';

/**
 * The transient state of a tracker: who is online where, who has which content, and events in transit. All of it can be
 * rebuilt from live connections.
 */
export interface Swarm {
  /** Undefined: this node is the only one, and its own limits are enough. */
  readonly limits: SharedLimits | undefined;
  /** The relays of other nodes. Undefined: this node is the only one. */
  readonly relays: RelayNodes | undefined;
  /** Adds an online device. It replaces an earlier entry with all of its contents. */
  connect(device: OnlineDevice): Promise<void>;
  /** Changes where an online device is reached. Returns false if the device is not online. */
  relocate(deviceId: string, place: Place): Promise<boolean>;
  /** An online device, or undefined. */
  device(deviceId: string): Promise<OnlineDevice | undefined>;
  /** The contents that a device has that is signed in at this node. */
  holdings(deviceId: string): Promise<Holding[]>;
  /** Whether an online device has some of a content of a group. */
  holdsIn(deviceId: string, groupId: string): Promise<boolean>;
  /** Removes a device that was signed in at this node and is offline. Returns its contents. */
  disconnect(deviceId: string): Promise<Holding[]>;
  /**
   * Announces that a device has some or all of a content. Returns whether that is new.
   * @throws ShoalError `QUOTA_EXCEEDED` if the device announces too many
   */
  announce(deviceId: string, holding: Holding, complete: boolean): Promise<boolean>;
  /** Withdraws a content. Returns it as announced; undefined if the device did not have it. */
  withdraw(deviceId: string, holding: Holding): Promise<Holding | undefined>;
  /** Withdraws all contents of a user's devices in a group. Returns those of this node by device; other nodes announce theirs. */
  withdrawUser(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]>;
  /** Withdraws a content from all devices that have some of it. Returns those of this node; other nodes announce theirs. */
  withdrawAll(holding: Holding): Promise<string[]>;
  /** A device as a source of a content; undefined if it has none of it, or serves nothing. */
  source(deviceId: string, holding: Holding): Promise<KnownSource | undefined>;
  /**
   * At most `limit` devices with some or all of a content, except those in `except`: sampled by user, then by device.
   */
  sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<KnownSource[]>;
  /**
   * Records that a user received verified bytes of a content from these devices. Reports about a user's own devices do
   * not count.
   */
  vouch(userId: string, deviceIds: readonly string[], holding: Holding): Promise<void>;
  /** Number of contents that a device may still announce. */
  roomOf(deviceId: string): Promise<number>;
  /** Number of online devices with some or all of a content, and with all of it. */
  count(holding: Holding): Promise<{ sharersOnline: number; completeSources: number }>;
  /** Number of users with an online device that has all of a content. */
  countUsers(holding: Holding): Promise<number>;
  /** Publishes an event to every tracker node, for the connections that it concerns. */
  publish(message: Published): Promise<void>;
  /** Calls `listener` for every published event that may concern a connection of this node. */
  onMessage(listener: (message: Message) => void): void;
  /** Connections of this node watch a content from now on. Resolves when events about it arrive. */
  watch(holding: Holding): Promise<void>;
  /** No connection of this node watches a content any more. */
  unwatch(holding: Holding): void;
  /** Sessions of a user ended: other nodes get `SessionsOver`. */
  endSessions(userId: string, tokenDigest: string, which: SessionsOver['which']): void;
  /** Where clients dial the nodes of the tracker, this one included, as far as they say it. */
  nodes(): readonly Endpoint[];
  /** This node stops soon: clients are sent to it no more. Returns whether there are other nodes. */
  leave(): Promise<boolean>;
  /** Resolves if this node can serve. @throws ShoalError `SWARM_UNREACHABLE` with the reason if it cannot */
  check(): Promise<void>;
  /** The devices that are signed in at this node, and their contents. */
  counts(): Promise<{ devices: number; sources: number }>;
  close(): Promise<void>;
}

/** Where a device is reached, as the tracker knows it. */
export interface Place {
  /** For clients of version 0.1, which know one address of a device. Null: they cannot dial it. */
  readonly endpoint: Endpoint | null;
  /** The address at which the tracker sees the device. */
  readonly seen: string;
  /** All addresses, as announced and seen, with what the tracker found there. */
  readonly addresses: readonly CheckedAddress[];
  /** Whether the tracker reached it at one of them; undefined if it has not tried. */
  readonly reach: 'open' | 'behind' | undefined;
  /** Whether the verdicts are all that the tracker will find: an unchecked address is one that it cannot dial. */
  readonly isChecked: boolean;
  /** Whether it serves pieces: at an address, or where it is asked to meet. */
  readonly serves: boolean;
}

/** An address of a device, and what the tracker found there. */
export interface CheckedAddress extends DeviceAddress {
  readonly verdict: ReachVerdict;
}

export interface OnlineDevice extends Place {
  readonly deviceId: string;
  readonly userId: string;
  /** Whether it can be asked to meet. */
  readonly meets: boolean;
  /** Whether it can be asked to dial at the same time as the other device. Default false. */
  readonly punches?: boolean;
}

/** A device as a source of a content, with all that the tracker knows of it. No client is told all of that (`sourceFor`). */
export interface KnownSource extends OnlineDevice {
  /** Whether it has all pieces. */
  readonly complete: boolean;
}

/** A content in a group. Group names with the same key are the same. */
export interface Holding {
  readonly groupId: string;
  readonly manifestId: string;
}

/** The key of a holding. */
export function holdingKey({ groupId, manifestId }: Holding): string {
  return `${manifestId} ${nameKey(groupId)}`;
}

/** The recipients of an event: users by name, one device, or the devices that watch a content. */
export type Audience =
  | { readonly kind: 'users'; readonly userIds: readonly string[] }
  | { readonly kind: 'device'; readonly deviceId: string }
  | Watchers;

/** The devices that watch a content, except one. */
export interface Watchers {
  readonly kind: 'watchers';
  readonly holding: Holding;
  readonly exceptDeviceId: string;
}

/** An event. */
export type News = {
  [E in TrackerEventName]: { readonly event: E; readonly payload: TrackerEvent<E> };
}[TrackerEventName];

/** A source came, or changed. What of it each watcher is told depends on the watcher. */
export interface SourceNews {
  readonly event: 'source';
  readonly holding: Holding;
  readonly source: KnownSource;
  /** Whether only its reach changed, which clients of version 0.1 are not told. */
  readonly isReachOnly: boolean;
  readonly audience: Watchers;
}

/** Another node ended sessions of a user: their connections here end. */
export interface SessionsOver {
  readonly event: 'sessionsOver';
  readonly userId: string;
  /** Of the token of one session. */
  readonly tokenDigest: string;
  /** That session, or all others. */
  readonly which: 'this' | 'others';
}

/** An event with its recipients. */
export type Published = (News & { readonly audience: Audience }) | SourceNews;

/** What a node tells its connections. */
export type Message = Published | SessionsOver;
