import { type Endpoint, nameKey } from '@shoal/sdk/protocol';
import { MemorySwarm } from '../memory-swarm.js';
import type { Holding, KnownSource, Message, OnlineDevice, Place, Published, SessionsOver, Swarm } from '../swarm.js';
import type { Calls } from './cluster/calls.js';
import { nodeChannel } from './cluster/keys.js';
import { VOUCH } from './cluster/scripts.js';
import type { SwarmTiming } from './cluster/timing.js';
import { EventBus } from './events/event-bus.js';
import { Orders } from './events/orders.js';
import type { Subscriptions } from './events/subscriptions.js';
import { OwnDevices } from './own-devices.js';
import { DeviceWrites } from './records/device-writes.js';
import { GroupWrites } from './records/group-writes.js';
import { LiveNodes } from './records/live-nodes.js';
import { RedisLimits } from './redis-limits.js';
import { RelayRequests } from './relay-requests.js';
import { RemoteSources } from './sources/remote-sources.js';
import { Sampler } from './sources/sampler.js';
import { WatchedContents } from './sources/watched-contents.js';

/** Time for what is not written yet when a node stops. */
const LEAVE_MS = 3000;
const nothing = () => undefined;

export interface RedisSwarmParts {
  readonly calls: Calls;
  /** The name of this node, unique to this run of it. */
  readonly node: string;
  readonly announcesPerDevice: number;
  /** Where clients dial this node. */
  readonly announce: Endpoint | undefined;
  /** Whether this node relays for devices of others. */
  readonly hasRelay: boolean;
  readonly timing: SwarmTiming;
  readonly subscriptions: (
    events: Pick<ConstructorParameters<typeof Subscriptions>[0], 'onEvent' | 'onGap'>,
  ) => Subscriptions;
  readonly onTrouble: (what: string, error?: unknown) => void;
  /** uniform in [0, 1) */
  readonly random?: () => number;
}

/**
 * The swarm of a tracker with many nodes, in a Redis Cluster. Each node keeps what its own devices have in memory, and answers for them
 * from there; the cluster has a copy for the other nodes. All of that copy can be lost: every node writes its part again.
 */
export class RedisSwarm implements Swarm {
  readonly limits: RedisLimits;
  readonly relays: RelayRequests;
  readonly #parts: RedisSwarmParts;
  readonly #local: MemorySwarm;
  readonly #nodes: LiveNodes;
  readonly #groups: GroupWrites;
  readonly #devices: DeviceWrites;
  readonly #own: OwnDevices;
  readonly #remote: RemoteSources;
  readonly #sampler: Sampler;
  readonly #watched: WatchedContents;
  readonly #bus: EventBus;
  readonly #orders: Orders;
  #repairTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: RedisSwarmParts) {
    this.#parts = parts;
    const { calls, node, timing, announce, hasRelay, onTrouble, random = Math.random } = parts;
    const { forgetMs, secondLookMs } = timing;
    this.#local = new MemorySwarm(parts.announcesPerDevice, random);
    this.#nodes = new LiveNodes({
      ...{ calls, node, timing, announce, relays: hasRelay },
      onLost: (nodes) => this.#watched.lost(new Set(nodes)),
      onBack: () => this.#watched.readAnew(() => true),
      onForgotten: () => this.#rewrite(),
    });
    this.limits = new RedisLimits({ calls, node, nodes: this.#nodes });
    this.#remote = new RemoteSources({ calls, node, nodes: this.#nodes });
    this.#sampler = new Sampler({ node, random, local: this.#local, remote: this.#remote });
    this.#watched = new WatchedContents({
      secondLookMs,
      sample: (holding, limit) => this.#sampler.elsewhere(holding, limit),
      holdersAmong: (deviceIds, holding) => this.#remote.holdersAmong(deviceIds, holding),
      tell: (message) => this.#bus.tell(message),
    });
    this.#groups = new GroupWrites({
      ...{ calls, node, forgetMs },
      local: this.#local,
    });
    this.#bus = new EventBus({
      ...{ calls, node, onTrouble, watched: this.#watched },
      subscriptions: parts.subscriptions,
      hasUser: (userKey) => this.#own.users.has(userKey),
      users: () => this.#own.users.keys(),
      hasDevice: (deviceId) => this.#local.online(deviceId) !== undefined,
      written: (groupId) => this.#groups.settled(groupId),
      onOrder: (order) => void this.#orders.obey(order),
    });
    this.relays = new RelayRequests({
      ...{ node, nodes: this.#nodes, random },
      order: (other, order) => this.#bus.order(other, order),
    });
    this.#devices = new DeviceWrites({
      ...{ calls, node, forgetMs, local: this.#local },
      onMoved: (deviceId, formerNode, stamp) => this.#bus.order(formerNode, { event: 'replaced', deviceId, stamp }),
      onReplaced: (deviceId) => this.#orders.end(deviceId),
    });
    this.#own = new OwnDevices({
      ...{ local: this.#local, groups: this.#groups, devices: this.#devices, subscriptions: this.#bus.subscriptions },
    });
    this.#orders = new Orders({
      ...{
        calls,
        local: this.#local,
        remote: this.#remote,
        bus: this.#bus,
        groups: this.#groups,
        devices: this.#devices,
        relays: this.relays,
      },
    });
  }

  /** Takes the lease of this node, and listens. @throws ShoalError `SWARM_UNREACHABLE` */
  async start(): Promise<void> {
    await this.#nodes.start();
    await this.#bus.subscriptions.want(nodeChannel(this.#parts.node));
    this.#repairTimer = setInterval(() => void this.repair(), this.#parts.timing.repairMs).unref();
  }

  /** Compares what the cluster has with what this node has, and makes good what it lost. */
  async repair(): Promise<void> {
    try {
      this.#devices.rewrite();
      await this.#groups.repair();
      await this.#bus.subscriptions.verify();
    } catch (error) {
      this.#parts.onTrouble('the cluster could not be compared', error); // the next comparison makes it good
    }
  }

  connect(device: OnlineDevice): Promise<void> {
    return this.#own.connect(device);
  }

  relocate(deviceId: string, place: Place): Promise<boolean> {
    return this.#own.relocate(deviceId, place);
  }

  async device(deviceId: string): Promise<OnlineDevice | undefined> {
    return (
      (await this.#local.device(deviceId)) ?? this.#parts.calls.orElse(() => this.#remote.device(deviceId), nothing)
    );
  }

  holdings(deviceId: string): Promise<Holding[]> {
    return this.#local.holdings(deviceId);
  }

  async holdsIn(deviceId: string, groupId: string): Promise<boolean> {
    if (this.#local.online(deviceId)) return this.#local.holdsIn(deviceId, groupId);
    return this.#parts.calls.orElse(
      () => this.#remote.holdsIn(deviceId, groupId),
      () => false,
    );
  }

  disconnect(deviceId: string): Promise<Holding[]> {
    return this.#own.disconnect(deviceId);
  }

  async announce(deviceId: string, holding: Holding, complete: boolean): Promise<boolean> {
    const isNew = await this.#local.announce(deviceId, holding, complete);
    if (isNew) this.#groups.mark(deviceId, holding);
    return isNew;
  }

  async withdraw(deviceId: string, holding: Holding): Promise<Holding | undefined> {
    const withdrawn = await this.#local.withdraw(deviceId, holding);
    if (withdrawn) this.#groups.mark(deviceId, withdrawn);
    return withdrawn;
  }

  withdrawUser(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]> {
    return this.#orders.withdrawUser(userId, groupId);
  }

  withdrawAll(holding: Holding): Promise<string[]> {
    return this.#orders.withdrawAll(holding);
  }

  async source(deviceId: string, holding: Holding): Promise<KnownSource | undefined> {
    if (this.#local.online(deviceId)) return this.#local.source(deviceId, holding);
    return this.#parts.calls.orElse(() => this.#remote.source(deviceId, holding), nothing);
  }

  async sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<KnownSource[]> {
    return this.#parts.calls.orElse(
      () => this.#sampler.sample(holding, limit, except),
      () => this.#local.sample(holding, limit, except),
    );
  }

  async vouch(userId: string, deviceIds: readonly string[], holding: Holding): Promise<void> {
    await this.#local.vouch(userId, deviceIds, holding);
    for (const deviceId of deviceIds) if (this.#local.held(deviceId, holding)) this.#groups.mark(deviceId, holding);
    const elsewhere = deviceIds.filter((deviceId) => !this.#local.online(deviceId));
    const { full, part } = this.#parts.calls.keys.content(holding);
    if (elsewhere.length > 0)
      await this.#parts.calls.orElse(
        () => this.#parts.calls.run(VOUCH, [full, part], [nameKey(userId), ...elsewhere]),
        nothing,
      );
  }

  roomOf(deviceId: string): Promise<number> {
    return this.#local.roomOf(deviceId);
  }

  async count(holding: Holding): Promise<{ sharersOnline: number; completeSources: number }> {
    const here = await this.#local.count(holding);
    const none = () => ({ nodes: [], sharersOnline: 0, completeSources: 0 });
    const others = await this.#parts.calls.orElse(() => this.#remote.counts(holding), none);
    return {
      sharersOnline: here.sharersOnline + others.sharersOnline,
      completeSources: here.completeSources + others.completeSources,
    };
  }

  async countUsers(holding: Holding): Promise<number> {
    await this.#groups.settled(holding.groupId);
    return this.#parts.calls.orElse(
      () => this.#remote.countUsers(holding),
      () => this.#local.countUsers(holding),
    );
  }

  async publish(message: Published): Promise<void> {
    this.#bus.publish(message);
  }

  onMessage(listener: (message: Message) => void): void {
    this.#bus.onMessage(listener);
  }

  watch(holding: Holding): Promise<void> {
    return this.#bus.watch(holding);
  }

  unwatch(holding: Holding): void {
    this.#bus.unwatch(holding);
  }

  endSessions(userId: string, tokenDigest: string, which: SessionsOver['which']): void {
    this.#bus.orderUser(userId, { event: 'sessionsOver', userId, tokenDigest, which });
  }

  nodes(): readonly Endpoint[] {
    return this.#nodes.places.map(({ place }) => place);
  }

  leave(): Promise<boolean> {
    return this.#nodes.leave();
  }

  async check(): Promise<void> {
    this.#nodes.check();
  }

  counts(): Promise<{ devices: number; sources: number }> {
    return this.#local.counts();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#repairTimer);
    this.relays.close();
    for (const deviceId of this.#local.deviceIds()) await this.disconnect(deviceId);
    const written = Promise.all([this.#groups.drained(), this.#devices.drained(), this.#bus.drained()]);
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())]);
    await this.#nodes.close();
    this.#groups.close();
    this.#devices.close();
    this.#watched.close();
    this.#bus.close();
    this.#parts.calls.cluster.disconnect();
    await this.#local.close();
  }

  /** Writes everything again: the cluster lost it. */
  #rewrite(): void {
    this.#devices.rewrite();
    this.#groups.rewrite();
  }
}
