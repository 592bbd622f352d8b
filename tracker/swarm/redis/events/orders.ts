import type { MemorySwarm } from '../../memory-swarm.js';
import type { Holding } from '../../swarm.js';
import type { Calls } from '../cluster/calls.js';
import type { Order, RelayOrder } from '../cluster/wire.js';
import type { DeviceWrites } from '../records/device-writes.js';
import type { GroupWrites } from '../records/group-writes.js';
import type { RemoteSources } from '../sources/remote-sources.js';
import type { EventBus } from './event-bus.js';

export interface OrdersParts {
  readonly calls: Calls;
  readonly local: MemorySwarm;
  readonly remote: RemoteSources;
  readonly bus: Pick<EventBus, 'order' | 'orderUser' | 'publish' | 'tell'>;
  readonly groups: Pick<GroupWrites, 'mark'>;
  readonly devices: Pick<DeviceWrites, 'isOlderThan'>;
  readonly relays: { take(order: RelayOrder): void };
}

/** What nodes ask of one another: each changes only what its own devices have. */
export class Orders {
  readonly #parts: OrdersParts;

  constructor(parts: OrdersParts) {
    this.#parts = parts;
  }

  /** Withdraws everything of a user in a group, on all nodes. Returns what devices of this node had. */
  async withdrawUser(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]> {
    this.#parts.bus.orderUser(userId, { event: 'withdrawUser', userId, groupId });
    return this.#withdrawUserHere(userId, groupId);
  }

  /** Withdraws a content from all devices of all nodes. Returns those of this node that had it. */
  async withdrawAll(holding: Holding): Promise<string[]> {
    const { bus, calls, remote } = this.#parts;
    const nodes = await calls.orElse(
      async () => (await remote.counts(holding)).nodes,
      () => [], // their devices withdraw it when they hear of the removal
    );
    for (const node of nodes) bus.order(node, { event: 'withdrawAll', holding });
    return this.#withdrawAllHere(holding);
  }

  /** Does what another node asks for. */
  async obey(order: Order): Promise<void> {
    if (order.event === 'relayWanted' || order.event === 'relayAnswered') {
      this.#parts.relays.take(order);
      return;
    }
    if (order.event === 'replaced') {
      if (this.#parts.devices.isOlderThan(order.deviceId, order.stamp)) this.end(order.deviceId);
      return;
    }
    if (order.event === 'sessionsOver') {
      this.#parts.bus.tell(order);
      return;
    }
    const gone =
      order.event === 'withdrawUser'
        ? await this.#withdrawUserHere(order.userId, order.groupId)
        : (await this.#withdrawAllHere(order.holding)).map((deviceId) => ({ deviceId, holding: order.holding }));
    for (const { deviceId, holding } of gone) {
      const audience = { kind: 'watchers', holding, exceptDeviceId: deviceId } as const;
      this.#parts.bus.publish({ audience, event: 'sourceWent', payload: { ...holding, deviceId } });
    }
  }

  /** Ends the connection of a device that signed in at another node. */
  end(deviceId: string): void {
    const audience = { kind: 'device', deviceId } as const;
    this.#parts.bus.tell({ audience, event: 'sessionEnded', payload: { reason: 'replaced' } });
  }

  async #withdrawUserHere(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]> {
    const withdrawn = await this.#parts.local.withdrawUser(userId, groupId);
    for (const { deviceId, holding } of withdrawn) this.#parts.groups.mark(deviceId, holding);
    return withdrawn;
  }

  async #withdrawAllHere(holding: Holding): Promise<string[]> {
    const deviceIds = await this.#parts.local.withdrawAll(holding);
    for (const deviceId of deviceIds) this.#parts.groups.mark(deviceId, holding);
    return deviceIds;
  }
}
