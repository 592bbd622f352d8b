import { nameKey } from '@shoal/sdk/protocol';
import type { MemorySwarm } from '../memory-swarm.js';
import type { Holding, OnlineDevice, Place } from '../swarm.js';
import { deviceChannel, userChannel } from './cluster/keys.js';
import type { Subscriptions } from './events/subscriptions.js';
import type { DeviceWrites } from './records/device-writes.js';
import type { GroupWrites } from './records/group-writes.js';

export interface OwnDevicesParts {
  readonly local: MemorySwarm;
  readonly groups: Pick<GroupWrites, 'mark'>;
  readonly devices: Pick<DeviceWrites, 'connected' | 'mark'>;
  readonly subscriptions: Pick<Subscriptions, 'want' | 'unwant'>;
}

/** The devices that are signed in at this node: where they are is written for the others, and this node listens to events for them. */
export class OwnDevices {
  readonly #parts: OwnDevicesParts;
  /** How many devices each user has here. */
  readonly #users = new Map<string, number>();

  constructor(parts: OwnDevicesParts) {
    this.#parts = parts;
  }

  /** The users, by their folded names. */
  get users(): ReadonlyMap<string, number> {
    return this.#users;
  }

  async connect(device: OnlineDevice): Promise<void> {
    const { local, devices, subscriptions } = this.#parts;
    const { deviceId } = device;
    await this.disconnect(deviceId);
    await local.connect(device);
    const userKey = nameKey(device.userId);
    this.#users.set(userKey, (this.#users.get(userKey) ?? 0) + 1);
    devices.connected(device);
    await Promise.all([subscriptions.want(userChannel(userKey)), subscriptions.want(deviceChannel(deviceId))]);
  }

  async relocate(deviceId: string, place: Place): Promise<boolean> {
    const { local, devices, groups } = this.#parts;
    const before = await local.device(deviceId);
    if (!(await local.relocate(deviceId, place))) return false;
    devices.mark(deviceId);
    if (before?.serves !== place.serves)
      for (const holding of await local.holdings(deviceId)) groups.mark(deviceId, holding);
    return true;
  }

  async disconnect(deviceId: string): Promise<Holding[]> {
    const { local, devices, groups, subscriptions } = this.#parts;
    const device = await local.device(deviceId);
    const held = await local.disconnect(deviceId);
    if (!device) return held;
    for (const holding of held) groups.mark(deviceId, holding);
    devices.mark(deviceId);
    const userKey = nameKey(device.userId);
    const left = (this.#users.get(userKey) ?? 1) - 1;
    if (left === 0) this.#users.delete(userKey);
    else this.#users.set(userKey, left);
    subscriptions.unwant(userChannel(userKey));
    subscriptions.unwant(deviceChannel(deviceId));
    return held;
  }
}
