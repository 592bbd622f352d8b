import { ShoalError } from '@shoal/sdk/protocol';
import { addressKey } from './address.js';
import type { TrackerLimits } from './limits.js';
import { TokenBucket } from './token-bucket.js';

/** The budgets of an address, and their names for messages. */
const WORDS = {
  signUpsPerAddress: 'accounts made',
  groupsPerAddress: 'groups made',
  requestsPerAddress: 'requests to join made',
  filesPerAddress: 'files shared',
  manifestBytesPerAddress: 'bytes of manifests sent',
  logLinesPerAddress: 'lines logged',
} as const;

export type AddressBudget = keyof typeof WORDS;

/** Addresses in memory. The least recently used is forgotten first. */
const MAX_ADDRESSES = 10_000;

/**
 * Budgets for one address, whatever the accounts: accounts cost nothing, so quotas for each account alone would bound
 * nobody.
 */
export class AddressBudgets {
  readonly #limits: Pick<TrackerLimits, AddressBudget>;
  readonly #now: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(limits: Pick<TrackerLimits, AddressBudget>, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Spends a part of a budget. @throws ShoalError `RATE_LIMITED`, and spends nothing */
  spend(budget: AddressBudget, address: string, amount = 1): void {
    const bucket = this.#bucket(budget, address);
    if (bucket.take(this.#now(), amount)) return;
    const waitMs = bucket.waitMs(this.#now(), amount);
    throw new ShoalError(
      'RATE_LIMITED',
      `Too many ${WORDS[budget]} from your address: try again in ${showWait(waitMs)}, or ask the tracker's operator.`,
    );
  }

  /** Spends one of a budget, if any is left. */
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
