import { nameKey, type Source, type TrackerEvent, type TrackerEventName } from '@shoal/sdk/protocol';

/**
 * What a tracker knows only while it lasts: who is online where, who holds what, and the events on their way. All of it can
 * be made anew from live connections.
 */
export interface Swarm {
  /** A device is online. One that is online already is replaced: what it held is forgotten. */
  connect(device: OnlineDevice): Promise<void>;
  /** A device is offline; what it held. */
  disconnect(deviceId: string): Promise<Holding[]>;
  /**
   * A device holds some or all of a content; whether that is news.
   * @throws ShoalError `QUOTA_EXCEEDED` when it holds as much as a device may
   */
  announce(deviceId: string, holding: Holding, complete: boolean): Promise<boolean>;
  /** The content as it was announced; undefined when the device did not hold it. */
  withdraw(deviceId: string, holding: Holding): Promise<Holding | undefined>;
  /** All that a user's devices hold in a group is withdrawn; what, by device. */
  withdrawUser(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]>;
  /** A device as others would reach it for a content; undefined when it holds none of it, or serves nothing. */
  source(deviceId: string, holding: Holding): Promise<Source | undefined>;
  /** At most `limit` devices that hold some or all of a content, but for those in `except`: drawn by user, then by device. */
  sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<Source[]>;
  /** A user says that verified bytes of a content came from these devices. Of the own ones nobody can say so. */
  vouch(userId: string, deviceIds: readonly string[], holding: Holding): Promise<void>;
  /** How many contents a device may still announce. */
  roomOf(deviceId: string): Promise<number>;
  /** How many devices online hold some or all of a content, and how many all. */
  count(holding: Holding): Promise<{ sharersOnline: number; completeSources: number }>;
  /** Hands an event to every tracker node, for those of its connections whom it concerns. */
  publish(message: Message): Promise<void>;
  /** Hears all that is published. */
  onMessage(listener: (message: Message) => void): void;
  counts(): Promise<{ devices: number; sources: number }>;
  close(): Promise<void>;
}

export interface OnlineDevice {
  readonly deviceId: string;
  readonly userId: string;
  /** Where it serves pieces; null when it serves none. */
  readonly endpoint: { readonly host: string; readonly port: number } | null;
}

/** A content in a group. Names of groups that look alike are the same. */
export interface Holding {
  readonly groupId: string;
  readonly manifestId: string;
}

/** What two names of one holding have in common. */
export function holdingKey({ groupId, manifestId }: Holding): string {
  return `${manifestId} ${nameKey(groupId)}`;
}

/** Whom an event concerns: users by name, or the devices that watch a content. */
export type Audience =
  | { readonly kind: 'users'; readonly userIds: readonly string[] }
  | { readonly kind: 'watchers'; readonly holding: Holding; readonly exceptDeviceId: string };

/** An event. */
export type News = {
  [E in TrackerEventName]: { readonly event: E; readonly payload: TrackerEvent<E> };
}[TrackerEventName];

/** An event on its way to those whom it concerns. */
export type Message = News & { readonly audience: Audience };
