import { TokenBucket } from './token-bucket.js';

/** Keys in memory. The least recently used is forgotten first. */
const MAX_KEYS = 10_000;

/** A token bucket for each of many keys. */
export class KeyedBuckets {
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes an amount, or nothing; returns how long it takes until the amount is there: 0 if it was taken. */
  take(key: string, rate: { readonly atOnce: number; readonly perHour: number }, amount = 1): number {
    const nowMs = this.#now();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(rate.perHour / 3600, rate.atOnce, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.take(nowMs, amount) ? 0 : bucket.waitMs(nowMs, amount);
  }
}

/** A time to wait, for people. */
export function showWait(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds <= 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
