import { ShoalError } from '@shoal/sdk/protocol';
import type { SharedLimits } from '../../swarm/shared-limits.js';
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
  readonly #shared: Pick<SharedLimits, 'take'> | undefined;

  /** @param shared for budgets that hold at all nodes */
  constructor(limits: Pick<TrackerLimits, AddressBudget>, now: () => number, shared?: Pick<SharedLimits, 'take'>) {
    this.#shared = shared;
    this.#limits = limits;
    this.#buckets = new KeyedBuckets(now);
  }

  /** Spends a part of a budget, at all nodes of the tracker together. @throws ShoalError `RATE_LIMITED`, and spends nothing */
  async spend(budget: AddressBudget, address: string, amount = 1): Promise<void> {
    const waitMs = await this.#takeAtAll(budget, address, amount);
    if (waitMs > 0) throw tooMany(budget, waitMs);
  }

  /** Spends one of a budget, if any is left, at all nodes of the tracker together. */
  async allows(budget: AddressBudget, address: string): Promise<boolean> {
    return (await this.#takeAtAll(budget, address, 1)) === 0;
  }

  /** As `allows`, at this node alone. */
  allowsHere(budget: AddressBudget, address: string): boolean {
    return this.#take(budget, address, 1) === 0;
  }

  #takeAtAll(budget: AddressBudget, address: string, amount: number): Promise<number> | number {
    if (!this.#shared) return this.#take(budget, address, amount);
    return this.#shared.take(`${budget} ${addressKey(address)}`, this.#limits[budget], amount);
  }

  #take(budget: AddressBudget, address: string, amount: number): number {
    return this.#buckets.take(`${budget} ${addressKey(address)}`, this.#limits[budget], amount);
  }
}

function tooMany(budget: AddressBudget, waitMs: number): ShoalError {
  const remedy = `try again in ${showWait(waitMs)}, or ask the tracker's operator`;
  return new ShoalError('RATE_LIMITED', `Too many ${WORDS[budget]} from your address: ${remedy}.`);
}
