import { hash } from 'node:crypto';
import { nameKey } from '@shoal/sdk/protocol';
import { type Holding, holdingKey } from '../../swarm.js';

/**
 * Channels for events. Each user, device, content and node has one of them. Their number is a balance: they are spread evenly over some
 * 30 shards, a node subscribes to all of them anew in a fraction of a second, and an event for a large group is published at most so
 * many times.
 */
export const CHANNELS = 256;

/** Slots of a Redis Cluster. */
const SLOTS = 16_384;
/** What precedes every key and channel, so that a cluster can have other tenants. */
const PREFIX = 'shoal:';
/** Digits of the tracker's fingerprint in each key and channel. */
const TRACKER_DIGITS = 12;

/** The names of the keys and channels of one tracker: several trackers may share a cluster. */
export class Keys {
  readonly #prefix: string;
  /** The nodes and the ends of their leases. */
  readonly nodes: string;
  /** Where clients dial them. */
  readonly nodePlaces: string;

  /** @param fingerprint of the tracker, which all of its nodes have */
  constructor(fingerprint: string) {
    this.#prefix = `${PREFIX}${fingerprint.slice(0, TRACKER_DIGITS)}:`;
    this.nodes = `${this.#prefix}{nodes}`;
    this.nodePlaces = `${this.nodes}:a`;
  }

  /** Where and when a device signed in, and its record. */
  device(deviceId: string): string {
    return `${this.#prefix}{d:${deviceId}}`;
  }

  /** The last write of each node in a group. */
  versions(groupId: string): string {
    return `${this.#group(groupId)}v`;
  }

  /** The devices that have something in a group, and their nodes. */
  groupDevices(groupId: string): string {
    return `${this.#group(groupId)}d`;
  }

  /** The devices with all of a content, those with some of it, and the counts of each node. */
  content({ groupId, manifestId }: Holding): { full: string; part: string; counts: string } {
    const prefix = `${this.#group(groupId)}${manifestId}:`;
    return { full: `${prefix}f`, part: `${prefix}p`, counts: `${prefix}n` };
  }

  channel(channel: number): string {
    return `${this.#prefix}{e:${channel}}`;
  }

  /** The number of the latest event of a channel. */
  sequence(channel: number): string {
    return `${this.channel(channel)}:s`;
  }

  /** The devices of a user, and their nodes. */
  userDevices(userKey: string): string {
    return `${this.#prefix}{u:${digestOf(userKey)}}`;
  }

  /** A counter or a budget. Its name is not readable: it may be an account or an address. */
  limit(name: string): string {
    return `${this.#prefix}{l:${digestOf(name)}}`;
  }

  /** All keys of a group share its hash tag, so that one script can change them. */
  #group(groupId: string): string {
    return `${this.#prefix}{g:${digestOf(nameKey(groupId))}}:`;
  }
}

const digestOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22);

const channelOf = (subject: string): number =>
  Number.parseInt(hash('sha256', subject, 'hex').slice(0, 8), 16) % CHANNELS;

export const userChannel = (userKey: string): number => channelOf(`user ${userKey}`);
export const deviceChannel = (deviceId: string): number => channelOf(`device ${deviceId}`);
export const contentChannel = (holding: Holding): number => channelOf(`content ${holdingKey(holding)}`);
export const nodeChannel = (node: string): number => channelOf(`node ${node}`);

/** The slot of a key or channel with a hash tag: its CRC-16 (XMODEM). */
export function slotOf(key: string): number {
  const tag = /\{([^}]+)\}/.exec(key)?.[1] ?? key;
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80_00 ? ((crc << 1) ^ 0x10_21) & 0xff_ff : (crc << 1) & 0xff_ff;
  }
  return crc % SLOTS;
}
