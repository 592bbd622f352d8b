import { nameKey, ShoalError } from '@shoal/sdk/protocol';
import { type Candidate, chooseSources } from './choose-sources.js';
import {
  type Holding,
  holdingKey,
  type KnownSource,
  type Message,
  type OnlineDevice,
  type Place,
  type Swarm,
} from './swarm.js';

interface Online {
  device: OnlineDevice;
  readonly userKey: string;
  /** Whether another user reported verified bytes from it. */
  vouched: boolean;
  /** Its contents by key, and whether each is complete. */
  readonly holdings: Map<string, { readonly holding: Holding; complete: boolean }>;
  /** How many of them are of each group, by its key. */
  readonly groups: Map<string, number>;
}

/** The swarm of a tracker with one process, in memory. */
export class MemorySwarm implements Swarm {
  readonly limits = undefined;
  readonly #announcesPerDevice: number;
  readonly #random: () => number;
  readonly #devices = new Map<string, Online>();
  readonly #holders = new Map<string, Set<Online>>();
  readonly #listeners: ((message: Message) => void)[] = [];

  /** @param random uniform in [0, 1) */
  constructor(announcesPerDevice: number, random: () => number = Math.random) {
    this.#announcesPerDevice = announcesPerDevice;
    this.#random = random;
  }

  async connect(device: OnlineDevice): Promise<void> {
    await this.disconnect(device.deviceId);
    const userKey = nameKey(device.userId);
    this.#devices.set(device.deviceId, { device, userKey, vouched: false, holdings: new Map(), groups: new Map() });
  }

  async relocate(deviceId: string, place: Place): Promise<boolean> {
    const online = this.#devices.get(deviceId);
    if (online) online.device = { ...online.device, ...place };
    return online !== undefined;
  }

  async device(deviceId: string): Promise<OnlineDevice | undefined> {
    return this.online(deviceId);
  }

  async holdings(deviceId: string): Promise<Holding[]> {
    return [...(this.#devices.get(deviceId)?.holdings.values() ?? [])].map(({ holding }) => holding);
  }

  async holdsIn(deviceId: string, groupId: string): Promise<boolean> {
    return this.hasIn(deviceId, groupId);
  }

  async disconnect(deviceId: string): Promise<Holding[]> {
    const device = this.#devices.get(deviceId);
    if (!device) return [];
    const held = [...device.holdings.values()].map(({ holding }) => holding);
    for (const holding of held) this.#drop(device, holding);
    this.#devices.delete(deviceId);
    return held;
  }

  async announce(deviceId: string, holding: Holding, complete: boolean): Promise<boolean> {
    const device = this.#devices.get(deviceId);
    if (!device) return false;
    const key = holdingKey(holding);
    const known = device.holdings.get(key);
    if (known?.complete === complete) return false;
    if (!known && device.holdings.size >= this.#announcesPerDevice) throw tooMuch(this.#announcesPerDevice);
    device.holdings.set(key, { holding, complete });
    if (!known) count(device.groups, nameKey(holding.groupId), 1);
    const holders = this.#holders.get(key) ?? new Set();
    this.#holders.set(key, holders.add(device));
    return true;
  }

  async withdraw(deviceId: string, holding: Holding): Promise<Holding | undefined> {
    const device = this.#devices.get(deviceId);
    const held = device?.holdings.get(holdingKey(holding));
    if (device && held) this.#drop(device, held.holding);
    return held?.holding;
  }

  async withdrawUser(userId: string, groupId: string): Promise<{ deviceId: string; holding: Holding }[]> {
    const withdrawn: { deviceId: string; holding: Holding }[] = [];
    for (const device of this.#devices.values()) {
      if (device.userKey !== nameKey(userId)) continue;
      for (const { holding } of [...device.holdings.values()]) {
        if (nameKey(holding.groupId) === nameKey(groupId) && this.#drop(device, holding))
          withdrawn.push({ deviceId: device.device.deviceId, holding });
      }
    }
    return withdrawn;
  }

  async withdrawAll(holding: Holding): Promise<string[]> {
    const holders = [...(this.#holders.get(holdingKey(holding)) ?? [])];
    for (const device of holders) this.#drop(device, holding);
    return holders.map(({ device }) => device.deviceId);
  }

  async source(deviceId: string, holding: Holding): Promise<KnownSource | undefined> {
    return this.sourceOf(deviceId, holding);
  }

  async sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<KnownSource[]> {
    return chooseSources(this.candidates(holding, except), limit, this.#random).map(({ source }) => source);
  }

  /** All devices that serve a content, except some. */
  candidates(holding: Holding, except: ReadonlySet<string>): (Candidate & { readonly source: KnownSource })[] {
    return [...(this.#holders.get(holdingKey(holding)) ?? [])].flatMap((device) => {
      const source = except.has(device.device.deviceId) ? undefined : toSource(device, holding);
      const { userKey, vouched } = device;
      return source ? [{ userKey, vouched, complete: source.complete, source }] : [];
    });
  }

  /** What a device has of a content, whether or not it serves; undefined: nothing. */
  held(deviceId: string, holding: Holding): (Candidate & { readonly serves: boolean }) | undefined {
    const device = this.#devices.get(deviceId);
    const held = device?.holdings.get(holdingKey(holding));
    if (!device || !held) return undefined;
    return { userKey: device.userKey, vouched: device.vouched, complete: held.complete, serves: device.device.serves };
  }

  /** An online device, or undefined. */
  online(deviceId: string): OnlineDevice | undefined {
    return this.#devices.get(deviceId)?.device;
  }

  /** The online devices. */
  deviceIds(): string[] {
    return [...this.#devices.keys()];
  }

  /** A device as a source of a content; undefined if it has none of it, or serves nothing. */
  sourceOf(deviceId: string, holding: Holding): KnownSource | undefined {
    const device = this.#devices.get(deviceId);
    return device && toSource(device, holding);
  }

  /** Whether a device has something in a group. */
  hasIn(deviceId: string, groupId: string): boolean {
    return this.#devices.get(deviceId)?.groups.has(nameKey(groupId)) ?? false;
  }

  /** Everything that devices have. */
  *all(): Iterable<{ readonly deviceId: string; readonly holding: Holding }> {
    for (const [deviceId, { holdings }] of this.#devices)
      for (const { holding } of holdings.values()) yield { deviceId, holding };
  }

  async vouch(userId: string, deviceIds: readonly string[], holding: Holding): Promise<void> {
    const userKey = nameKey(userId);
    const key = holdingKey(holding);
    for (const deviceId of deviceIds) {
      const device = this.#devices.get(deviceId);
      if (device && device.userKey !== userKey && device.holdings.has(key)) device.vouched = true;
    }
  }

  async roomOf(deviceId: string): Promise<number> {
    return this.#announcesPerDevice - (this.#devices.get(deviceId)?.holdings.size ?? 0);
  }

  async count(holding: Holding): Promise<{ sharersOnline: number; completeSources: number }> {
    const { sharersOnline, completeSources } = this.counted(holding);
    return { sharersOnline, completeSources };
  }

  /** Devices that serve some and all of a content, and those that have some of it, whether or not they serve. */
  counted(holding: Holding): { sharersOnline: number; completeSources: number; holders: number } {
    const key = holdingKey(holding);
    const holders = this.#holders.get(key) ?? new Set<Online>();
    const serving = [...holders].filter(({ device }) => device.serves);
    const complete = serving.filter((device) => device.holdings.get(key)?.complete);
    return { sharersOnline: serving.length, completeSources: complete.length, holders: holders.size };
  }

  async countUsers(holding: Holding): Promise<number> {
    const key = holdingKey(holding);
    const complete = [...(this.#holders.get(key) ?? [])].filter((device) => device.holdings.get(key)?.complete);
    return new Set(complete.map(({ userKey }) => userKey)).size;
  }

  async watch(): Promise<void> {}

  unwatch(): void {}

  endSessions(): void {}

  async check(): Promise<void> {}

  async publish(message: Message): Promise<void> {
    for (const listener of this.#listeners) listener(message);
  }

  onMessage(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  async counts(): Promise<{ devices: number; sources: number }> {
    let sources = 0;
    for (const holders of this.#holders.values()) sources += holders.size;
    return { devices: this.#devices.size, sources };
  }

  async close(): Promise<void> {
    this.#devices.clear();
    this.#holders.clear();
    this.#listeners.length = 0;
  }

  #drop(device: Online, holding: Holding): boolean {
    const key = holdingKey(holding);
    if (!device.holdings.delete(key)) return false;
    count(device.groups, nameKey(holding.groupId), -1);
    const holders = this.#holders.get(key);
    holders?.delete(device);
    if (holders?.size === 0) this.#holders.delete(key);
    return true;
  }
}

function tooMuch(most: number): ShoalError {
  return new ShoalError('QUOTA_EXCEEDED', `A device announces at most ${most} files: stop sharing some.`);
}

function toSource({ device, holdings }: Online, holding: Holding): KnownSource | undefined {
  const held = holdings.get(holdingKey(holding));
  return held && device.serves ? { ...device, complete: held.complete } : undefined;
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
