import { ShoalError } from '@shoal/sdk/protocol';
import { addressKey } from './address.js';
import { KeyedBuckets, showWait } from './keyed-buckets.js';
import type { TrackerLimits } from './limits.js';

/** The budgets of an address, and their names for messages. */
const WORDS = {
  signUpsPerAddress: 'accounts made',
  groupsPerAddress: 'groups made',
  requestsPerAddress: 'requests to join made',
  filesPerAddress: 'files shared',
  manifestBytesPerAddress: 'bytes of manifests sent',
  logLinesPerAddress: 'lines logged',
  checksPerAddress: 'addresses checked',
  checksPerTarget: 'checks of one address',
} as const;

export type AddressBudget = keyof typeof WORDS;

/**
 * Budgets for one address, whatever the accounts: accounts cost nothing, so quotas for each account alone would bound
 * nobody.
 */
export class AddressBudgets {
  readonly #limits: Pick<TrackerLimits, AddressBudget>;
  readonly #buckets: KeyedBuckets;

  constructor(limits: Pick<TrackerLimits, AddressBudget>, now: () => number) {
    this.#limits = limits;
    this.#buckets = new KeyedBuckets(now);
  }

  /** Spends a part of a budget. @throws ShoalError `RATE_LIMITED`, and spends nothing */
  spend(budget: AddressBudget, address: string, amount = 1): void {
    const waitMs = this.#take(budget, address, amount);
    if (waitMs === 0) return;
    throw new ShoalError(
      'RATE_LIMITED',
      `Too many ${WORDS[budget]} from your address: try again in ${showWait(waitMs)}, or ask the tracker's operator.`,
    );
  }

  /** Spends one of a budget, if any is left. */
  allows(budget: AddressBudget, address: string): boolean {
    return this.#take(budget, address, 1) === 0;
  }

  #take(budget: AddressBudget, address: string, amount: number): number {
    return this.#buckets.take(`${budget} ${addressKey(address)}`, this.#limits[budget], amount);
  }
}
