import { ShoalError } from '@shoal/sdk/protocol';
import { addressKey } from './address.js';
import type { TrackerLimits } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/** What is bounded for an address, and what of it there is too much of when it is used up. */
const WORDS = {
  signUpsPerAddress: 'accounts made',
  groupsPerAddress: 'groups made',
  requestsPerAddress: 'requests to join made',
  filesPerAddress: 'files shared',
  manifestBytesPerAddress: 'bytes of manifests sent',
  logLinesPerAddress: 'lines logged',
} as const;

export type AddressBudget = keyof typeof WORDS;

/** Addresses remembered at most; the one that was heard of least lately is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** What may be done from one address, whoever does it: accounts cost nothing, so that bounds for each of them alone bound nobody. */
export class AddressBudgets {
  readonly #limits: Pick<TrackerLimits, AddressBudget>;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: Pick<TrackerLimits, AddressBudget>, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Takes so much of an address's budget. @throws ShoalError `RATE_LIMITED`, and nothing is taken */
  spend(budget: AddressBudget, address: string, amount = 1): void {
    const bucket = this.#bucket(budget, address);
    if (bucket.take(this.#now(), amount)) return;
    const waitMs = bucket.waitMs(this.#now(), amount);
    throw new ShoalError(
      'RATE_LIMITED',
      `Too many ${WORDS[budget]} from your address: try again in ${showWait(waitMs)}, or ask the tracker's operator.`,
    );
  }

  /** Takes one of an address's budget, where there is one left. */
  allows(budget: AddressBudget, address: string): boolean {
    return this.#bucket(budget, address).take(this.#now());
  }

  #bucket(budget: AddressBudget, address: string): TokenBucket {
    const key = `${budget} ${addressKey(address)}`;
    const { atOnce, perHour } = this.#limits[budget];
    const bucket = this.#buckets.get(key) ?? new TokenBucket(perHour / 3600, atOnce, this.#now());
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}

function showWait(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds <= 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
