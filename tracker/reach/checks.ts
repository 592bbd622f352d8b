import { setTimeout as delay } from 'node:timers/promises';
import { type DeviceAddress, isLoopbackAddress, isPrivateAddress, type ReachVerdict } from '@shoal/sdk/protocol';
import { addressKey } from '../server/budgets/address.js';
import type { AddressBudgets } from '../server/budgets/address-budgets.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import { TokenBucket } from '../server/budgets/token-bucket.js';
import type { CheckedAddress, Place } from '../swarm/swarm.js';
import { verdictKey } from './announced.js';
import type { Probe } from './probe.js';
import { Slots } from './slots.js';

export type CheckLimits = Pick<
  TrackerLimits,
  'checksAtOnce' | 'checksAtOncePerHost' | 'checkTimeoutMs' | 'checkEveryMs' | 'checkBurst' | 'checkPauseMs'
>;

/** What was found at the addresses of a device. `isDone`: nothing more will be found before the next check. */
export type OnFound = (deviceId: string, addresses: readonly CheckedAddress[], isDone: boolean) => void;

export interface CheckParts {
  readonly probe: Probe;
  readonly limits: CheckLimits;
  readonly budgets: Pick<AddressBudgets, 'allows'>;
  /** Whether an address that the tracker sees is that of a proxy, so that it is nobody's. */
  readonly isProxy: (seen: string) => boolean;
  readonly onFound: OnFound;
  /** Called with each verdict of an address that was dialled. */
  readonly onVerdict: (verdict: ReachVerdict) => void;
  readonly now: () => number;
}

interface Checked {
  place: Place;
  readonly bucket: TokenBucket;
  /** What was found last, by address. */
  verdicts: Map<string, ReachVerdict>;
  timer: NodeJS.Timeout | undefined;
  running: AbortController | undefined;
}

/**
 * Checks by dialling whether devices answer at their addresses: after a sign-in, after a move, and every hour. An address is the
 * device's own, which the tracker sees, or a global one. What a device announces must not make the tracker look into
 * networks for it, so checks of one device, for one address of announcers, and at one target are bounded, and the time
 * of an answer tells nothing about an address that is not the device's own.
 */
export class ReachChecks {
  readonly #parts: CheckParts;
  readonly #devices = new Map<string, Checked>();
  readonly #slots: Slots;
  readonly #closing = new AbortController();

  constructor(parts: CheckParts) {
    this.#parts = parts;
    this.#slots = new Slots(parts.limits.checksAtOnce, parts.limits.checksAtOncePerHost);
  }

  /** Checks the addresses of a device as soon as its turn comes, and from then on every hour. */
  check(deviceId: string, place: Place): void {
    const { checkBurst, checkPauseMs } = this.#parts.limits;
    const known = this.#devices.get(deviceId);
    const bucket = known?.bucket ?? new TokenBucket(1000 / checkPauseMs, checkBurst, this.#parts.now());
    const verdicts = new Map<string, ReachVerdict>();
    const device = known ?? { place, bucket, verdicts, timer: undefined, running: undefined };
    this.#devices.set(deviceId, device);
    this.#stop(device);
    const isElsewhere = device.place.seen !== place.seen;
    const kept = place.addresses.flatMap((one) => {
      const verdict = isElsewhere ? undefined : device.verdicts.get(verdictKey(one));
      return verdict ? [[verdictKey(one), verdict] as const] : [];
    });
    device.verdicts = new Map(kept);
    device.place = place;
    const waitMs = device.bucket.waitMs(this.#parts.now());
    if (waitMs > 0 && device.verdicts.size > 0) this.#tell(deviceId, device, false); // until its turn comes
    this.#runAfter(waitMs, deviceId, device);
  }

  /** Ends the checks of a device that is offline. Its turns are remembered, so that a new sign-in gives it no new ones. */
  forget(deviceId: string): void {
    const device = this.#devices.get(deviceId);
    if (!device) return;
    this.#stop(device);
    const { checkBurst, checkPauseMs } = this.#parts.limits;
    device.timer = setTimeout(() => this.#devices.delete(deviceId), checkBurst * checkPauseMs).unref();
  }

  close(): void {
    this.#closing.abort();
    for (const device of this.#devices.values()) this.#stop(device);
    this.#devices.clear();
  }

  #stop(device: Checked): void {
    clearTimeout(device.timer);
    device.running?.abort();
    device.running = undefined;
  }

  #runAfter(ms: number, deviceId: string, device: Checked): void {
    if (this.#closing.signal.aborted) return;
    device.timer = setTimeout(() => {
      const nowMs = this.#parts.now();
      if (device.bucket.take(nowMs)) void this.#run(deviceId, device);
      else this.#runAfter(device.bucket.waitMs(nowMs), deviceId, device);
    }, ms).unref();
  }

  async #run(deviceId: string, device: Checked): Promise<void> {
    const running = new AbortController();
    device.running = running;
    const { place, verdicts } = device;
    const { seen } = place;
    let isRefused = false;
    const check = async (meant: readonly DeviceAddress[]) => {
      const found = await Promise.all(meant.map((one) => this.#one(one, deviceId, seen, running.signal)));
      if (running.signal.aborted) return;
      for (const [index, one] of meant.entries()) {
        const verdict = found[index];
        // Otherwise what was found before holds: a closed address must not be told because nobody looks at it any more.
        if (verdict !== undefined) verdicts.set(verdictKey(one), verdict);
      }
      isRefused ||= found.includes(undefined);
    };
    const tell = (isDone: boolean) => {
      if (!running.signal.aborted) this.#tell(deviceId, device, isDone);
    };
    const dialled = place.addresses.filter(({ host }) => this.#mayDial(host, seen));
    const own = dialled.filter(({ host }) => isSeen(host, seen));
    const others = dialled.filter(({ host }) => !isSeen(host, seen));
    const othersChecked = check(others);
    await check(own);
    if (own.length > 0 && others.length > 0) tell(false);
    await othersChecked;
    tell(!isRefused);
    if (!running.signal.aborted) this.#runAfter(this.#parts.limits.checkEveryMs, deviceId, device);
  }

  #tell(deviceId: string, { place, verdicts }: Checked, isDone: boolean): void {
    const found = place.addresses.map((one) => ({ ...one, verdict: verdicts.get(verdictKey(one)) ?? 'unchecked' }));
    this.#parts.onFound(deviceId, found, isDone);
  }

  /** Whether the tracker dials an address for a device that it sees at another one. */
  #mayDial(host: string, seen: string): boolean {
    if (isSeen(host, seen)) return !this.#parts.isProxy(seen);
    return !(isLoopbackAddress(host) || isPrivateAddress(host));
  }

  /** The verdict on one address; undefined if a budget is used up, or the tracker could not look. */
  async #one(
    address: DeviceAddress,
    deviceId: string,
    seen: string,
    signal: AbortSignal,
  ): Promise<ReachVerdict | undefined> {
    const { budgets, probe, limits, onVerdict, now } = this.#parts;
    const isForeign = !isSeen(address.host, seen);
    if (!(await budgets.allows('checksPerAddress', seen))) return undefined;
    if (isForeign && !(await budgets.allows('checksPerTarget', address.host))) return undefined;
    const startedMs = now();
    const verdict = await this.#slots.run(addressKey(address.host), deviceId, async () =>
      signal.aborted ? 'unchecked' : probe(address, deviceId, signal),
    );
    if (!signal.aborted && verdict !== undefined) onVerdict(verdict);
    if (isForeign && (verdict === 'closed' || verdict === 'other')) {
      const leftMs = startedMs + limits.checkTimeoutMs - now();
      if (leftMs > 0) await delay(leftMs, undefined, { ref: false, signal }).catch(() => {}); // aborted: nobody is told
    }
    return verdict;
  }
}

/** Whether an address is the one that the tracker sees. On its own computer, all of that are. */
function isSeen(host: string, seen: string): boolean {
  return host === seen || (isLoopbackAddress(host) && isLoopbackAddress(seen));
}
