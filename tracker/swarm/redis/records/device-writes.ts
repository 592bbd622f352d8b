import { nameKey } from '@shoal/sdk/protocol';
import * as z from 'zod';
import type { MemorySwarm } from '../../memory-swarm.js';
import type { OnlineDevice } from '../../swarm.js';
import type { Calls } from '../cluster/calls.js';
import { CLAIM_DEVICE, DROP_DEVICE, NOTE_USER_DEVICE } from '../cluster/scripts.js';
import { encodeDevice } from '../cluster/wire.js';

const MAX_AT_ONCE = 256;
const RETRY_MS = 1000;

const claimed = z.tuple([z.number(), z.string(), z.string().max(20)]);

export interface DeviceWritesParts {
  readonly calls: Calls;
  readonly node: string;
  readonly forgetMs: number;
  /** The devices that are signed in here: the truth. */
  readonly local: Pick<MemorySwarm, 'online'>;
  /** The device signed in here with that stamp, and was at that node before. */
  readonly onMoved: (deviceId: string, formerNode: string, stamp: string) => void;
  /** The device signed in at another node later. */
  readonly onReplaced: (deviceId: string) => void;
}

/** Writes which devices are signed in here, and where they are reached. */
export class DeviceWrites {
  readonly #parts: DeviceWritesParts;
  /** The stamps of the devices that are signed in here: the later sign-in of a device wins. "0": not written yet. */
  readonly #stamps = new Map<string, string>();
  /** The keys of their users. */
  readonly #users = new Map<string, string>();
  readonly #dirty = new Set<string>();
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: DeviceWritesParts) {
    this.#parts = parts;
  }

  /** The device signed in. */
  connected({ deviceId, userId }: OnlineDevice): void {
    this.#stamps.set(deviceId, '0');
    this.#users.set(deviceId, nameKey(userId));
    this.mark(deviceId);
  }

  /** Its record changed, or it signed out. */
  mark(deviceId: string): void {
    this.#dirty.add(deviceId);
    this.#run();
  }

  /** Whether a sign-in with this stamp is later than the one here. */
  isOlderThan(deviceId: string, stamp: string): boolean {
    return Number(this.#stamps.get(deviceId) ?? Number.POSITIVE_INFINITY) < Number(stamp);
  }

  /** Writes all devices again. */
  rewrite(): void {
    for (const deviceId of this.#stamps.keys()) this.mark(deviceId);
  }

  /** Waits until everything is written, or failed. */
  async drained(): Promise<void> {
    await this.#running;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
  }

  #run(): void {
    if (this.#running || this.#retry || this.#isClosed) return;
    this.#running = new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#write())
      .catch(() => {
        const again = () => {
          this.#retry = undefined;
          this.#run();
        };
        this.#retry = setTimeout(again, RETRY_MS).unref();
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#dirty.size > 0) this.#run();
      });
  }

  async #write(): Promise<void> {
    while (this.#dirty.size > 0 && !this.#isClosed) {
      const taken = [...this.#dirty].slice(0, MAX_AT_ONCE);
      for (const deviceId of taken) this.#dirty.delete(deviceId);
      const results = await Promise.allSettled(taken.map((deviceId) => this.#writeOne(deviceId)));
      const failed = taken.filter((_, index) => results[index]?.status === 'rejected');
      for (const deviceId of failed) this.#dirty.add(deviceId);
      if (failed.length > 0) throw new Error(`${failed.length} devices could not be written`);
    }
  }

  async #writeOne(deviceId: string): Promise<void> {
    const { calls, node, forgetMs, local, onMoved, onReplaced } = this.#parts;
    const device = local.online(deviceId);
    const userKey = this.#users.get(deviceId);
    const note = async (isHere: boolean) => {
      if (userKey === undefined) return;
      const args = [deviceId, node, isHere ? '1' : '0', `${forgetMs}`];
      await calls.run(NOTE_USER_DEVICE, [calls.keys.userDevices(userKey)], args);
    };
    if (!device) {
      await Promise.all([calls.run(DROP_DEVICE, [calls.keys.device(deviceId)], [node]), note(false)]);
      if (!local.online(deviceId)) this.#forget(deviceId);
      return;
    }
    const stamp = this.#stamps.get(deviceId) ?? '0';
    const answer = await calls.run(
      CLAIM_DEVICE,
      [calls.keys.device(deviceId)],
      [node, stamp, encodeDevice(device), `${forgetMs}`],
    );
    const [isOurs, former, given] = claimed.parse(answer);
    if (this.#stamps.get(deviceId) !== stamp) return; // it signed in again meanwhile
    if (isOurs === 0) onReplaced(deviceId);
    else {
      this.#stamps.set(deviceId, given);
      await note(true);
      if (former !== '' && former !== node && stamp === '0') onMoved(deviceId, former, given);
    }
  }

  #forget(deviceId: string): void {
    this.#stamps.delete(deviceId);
    this.#users.delete(deviceId);
  }
}
