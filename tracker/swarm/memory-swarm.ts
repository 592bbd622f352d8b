import { MultiMap } from '@shoal/sdk/program';
import { type Endpoint, nameKey, ShoalError } from '@shoal/sdk/protocol';
import { type Candidate, chooseSources } from './choose-sources.js';
import { Holders } from './holders.js';
import { addTo, type HeldHere, type Online } from './online.js';
import {
  type Holding,
  holdingKey,
  type KnownSource,
  type Message,
  type OnlineDevice,
  type Place,
  type Swarm,
} from './swarm.js';

/** Devices with all of a content, and with some of it, that are drawn for an answer. */
const DRAWN = 128;
/** Devices whose users are counted. Beyond it, the number is an estimate. */
const COUNTED = 1000;

/** The swarm of a tracker with one process, in memory. */
export class MemorySwarm implements Swarm {
  readonly limits = undefined;
  readonly relays = undefined;
  readonly #announcesPerDevice: number;
  readonly #random: () => number;
  readonly #devices = new Map<string, Online>();
  readonly #byUser = new MultiMap<Online>();
  readonly #holders = new Map<string, Holders<HeldHere>>();
  /** Contents that devices have, all together. */
  #sources = 0;
  readonly #listeners: ((message: Message) => void)[] = [];

  readonly #announce: Endpoint | undefined;

  /**
   * @param random uniform in [0, 1)
   * @param announce where clients dial this tracker, if its operator says so
   */
  constructor(announcesPerDevice: number, random: () => number = Math.random, announce?: Endpoint) {
    this.#announcesPerDevice = announcesPerDevice;
    this.#random = random;
    this.#announce = announce;
  }

  async connect(device: OnlineDevice): Promise<void> {
    await this.disconnect(device.deviceId);
    const userKey = nameKey(device.userId);
    const online = { device, userKey, vouched: false, holdings: new Map(), groups: new Map() };
    this.#devices.set(device.deviceId, online);
    this.#byUser.add(userKey, online);
  }

  async relocate(deviceId: string, place: Place): Promise<boolean> {
    const online = this.#devices.get(deviceId);
    if (!online) return false;
    const before = online.device.serves;
    online.device = { ...online.device, ...place };
    if (before !== place.serves) {
      for (const [key, held] of online.holdings)
        this.#place(key, held, () => {
          held.serves = place.serves;
        });
    }
    return true;
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
    this.#byUser.remove(device.userKey, device);
    return held;
  }

  async announce(deviceId: string, holding: Holding, complete: boolean): Promise<boolean> {
    const device = this.#devices.get(deviceId);
    if (!device) return false;
    const key = holdingKey(holding);
    const known = device.holdings.get(key);
    if (known?.complete === complete) return false;
    if (!known && device.holdings.size >= this.#announcesPerDevice) throw tooMuch(this.#announcesPerDevice);
    if (known) {
      this.#place(key, known, () => {
        known.complete = complete;
      });
      return true;
    }
    const held = { online: device, holding, complete, serves: device.device.serves, place: 0 };
    device.holdings.set(key, held);
    addTo(device.groups, nameKey(holding.groupId), 1);
    const holders = this.#holders.get(key) ?? new Holders();
    this.#holders.set(key, holders);
    holders.add(held);
    this.#sources++;
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
    for (const device of this.#byUser.get(nameKey(userId))) {
      for (const { holding } of [...device.holdings.values()]) {
        if (nameKey(holding.groupId) === nameKey(groupId) && this.#drop(device, holding))
          withdrawn.push({ deviceId: device.device.deviceId, holding });
      }
    }
    return withdrawn;
  }

  async withdrawAll(holding: Holding): Promise<string[]> {
    const holders = [...(this.#holders.get(holdingKey(holding))?.all() ?? [])].map(({ online }) => online);
    for (const device of holders) this.#drop(device, holding);
    return holders.map(({ device }) => device.deviceId);
  }

  async source(deviceId: string, holding: Holding): Promise<KnownSource | undefined> {
    return this.sourceOf(deviceId, holding);
  }

  async sample(holding: Holding, limit: number, except: ReadonlySet<string>): Promise<KnownSource[]> {
    return chooseSources(this.candidates(holding, except), limit, this.#random).map(({ source }) => source);
  }

  /** Devices that serve a content, except some: all of them, or a random part if there are many. */
  candidates(holding: Holding, except: ReadonlySet<string>): (Candidate & { readonly source: KnownSource })[] {
    const held = this.#holders.get(holdingKey(holding))?.draw(DRAWN + except.size, this.#random) ?? [];
    return held.flatMap(({ online, complete, serves }) => {
      const { device, userKey, vouched } = online;
      if (!serves || except.has(device.deviceId)) return [];
      return [{ userKey, vouched, complete, source: { ...device, complete } }];
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
    const holders = this.#holders.get(holdingKey(holding));
    return { ...(holders?.counts ?? { sharersOnline: 0, completeSources: 0 }), holders: holders?.size ?? 0 };
  }

  async countUsers(holding: Holding): Promise<number> {
    const holders = this.#holders.get(holdingKey(holding));
    const drawn = holders?.drawComplete(COUNTED, this.#random) ?? [];
    const users = new Set(drawn.map(({ online }) => online.userKey)).size;
    const all = holders?.completeCount ?? 0;
    return all === drawn.length ? users : Math.round((users * all) / drawn.length);
  }

  async watch(): Promise<void> {}

  unwatch(): void {}

  endSessions(): void {}

  nodes(): readonly Endpoint[] {
    return this.#announce ? [this.#announce] : [];
  }

  async leave(): Promise<boolean> {
    return false;
  }

  async check(): Promise<void> {}

  async publish(message: Message): Promise<void> {
    for (const listener of this.#listeners) listener(message);
  }

  onMessage(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  async counts(): Promise<{ devices: number; sources: number }> {
    return { devices: this.#devices.size, sources: this.#sources };
  }

  async close(): Promise<void> {
    for (const deviceId of this.deviceIds()) await this.disconnect(deviceId);
    this.#listeners.length = 0;
  }

  /** Changes what a device has, and puts it where it belongs then. */
  #place(key: string, held: HeldHere, change: () => void): void {
    const holders = this.#holders.get(key);
    holders?.remove(held);
    change();
    holders?.add(held);
  }

  #drop(device: Online, holding: Holding): boolean {
    const key = holdingKey(holding);
    const held = device.holdings.get(key);
    if (!held) return false;
    device.holdings.delete(key);
    addTo(device.groups, nameKey(holding.groupId), -1);
    const holders = this.#holders.get(key);
    holders?.remove(held);
    this.#sources--;
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
