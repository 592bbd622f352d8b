import { type Interfaces, networkSignature } from './addresses.js';

/**
 * The time of day and a timer. A monotonic clock stands still while a computer sleeps, on most systems; this one must not. If the time of day
 * is set, the only consequence is a `woke`.
 */
export interface WatchClock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `act` every `ms`, until the returned function is called. */
  every(ms: number, act: () => void): () => void;
}

export const WATCH_CLOCK: WatchClock = {
  nowMs: () => Date.now(),
  every: (ms, act) => {
    const timer = setInterval(act, ms).unref();
    return () => clearInterval(timer);
  },
};

/** Time between two looks. A look takes 0.1 ms. */
export const LOOK_EVERY_MS = 2000;
/** A look that comes later than this means that the computer slept. */
export const LATE_AFTER_MS = 15_000;

/** `changed`: the computer has other addresses than before. `woke`: it slept. */
export type NetworkChange = 'changed' | 'woke';

export interface NetworkWatchOptions {
  readonly interfaces: () => Interfaces;
  readonly onChange: (change: NetworkChange) => void;
  readonly clock?: WatchClock;
}

/** Notices that the computer is in another network or slept. Node has no event for either. */
export class NetworkWatch {
  readonly #options: NetworkWatchOptions;
  readonly #clock: WatchClock;
  readonly #stop: () => void;
  #signature: string;
  #lookedAtMs: number;

  constructor(options: NetworkWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? WATCH_CLOCK;
    this.#signature = networkSignature(options.interfaces());
    this.#lookedAtMs = this.#clock.nowMs();
    this.#stop = this.#clock.every(LOOK_EVERY_MS, () => this.#look());
  }

  close(): void {
    this.#stop();
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    const lateMs = nowMs - this.#lookedAtMs - LOOK_EVERY_MS;
    this.#lookedAtMs = nowMs;
    const signature = networkSignature(this.#options.interfaces());
    const isChanged = signature !== this.#signature;
    this.#signature = signature;
    if (isChanged) this.#options.onChange('changed');
    else if (lateMs > LATE_AFTER_MS) this.#options.onChange('woke');
  }
}
