export interface AllowanceOptions {
  /** Average rate. */
  readonly perSecond: number;
  /** What an idle time can accumulate. */
  readonly burst: number;
}

/**
 * A budget with a rate and a burst. It begins full. Spending is never refused but may leave a debt, and the owner waits
 * until the debt is paid, so that work in batches is accounted for once a batch. It has no clock: the caller gives the
 * time in milliseconds; a time that goes back counts as no progress.
 */
export class Allowance {
  readonly #perMs: number;
  readonly #burst: number;
  #credit: number;
  #filledAtMs: number;

  constructor({ perSecond, burst }: AllowanceOptions, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#credit = burst;
    this.#filledAtMs = nowMs;
  }

  /** Whether this fraction of the burst is available. */
  has(share: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#credit >= share * this.#burst;
  }

  /** Time until there is no debt; 0 without a debt. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#credit >= 0 ? 0 : -this.#credit / this.#perMs;
  }

  /** Spends, and returns the time to wait before the next spending. */
  spend(cost: number, nowMs: number): number {
    this.#fill(nowMs);
    this.#credit -= cost;
    return this.waitMs(nowMs);
  }

  /** Whether this amount is available. */
  canSpend(cost: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#credit >= cost;
  }

  /** Spends an available amount. Returns false, and spends nothing, if there is less. */
  trySpend(cost: number, nowMs: number): boolean {
    const can = this.canSpend(cost, nowMs);
    if (can) this.#credit -= cost;
    return can;
  }

  /** Refunds an amount. */
  giveBack(cost: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#credit = Math.min(this.#burst, this.#credit + cost);
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledAtMs) return;
    this.#credit = Math.min(this.#burst, this.#credit + (nowMs - this.#filledAtMs) * this.#perMs);
    this.#filledAtMs = nowMs;
  }
}

/** Budgets by name. A full budget is forgotten, because it equals a new one. */
export class Allowances {
  readonly #options: AllowanceOptions;
  readonly #byName = new Map<string, Allowance>();

  constructor(options: AllowanceOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byName.size;
  }

  of(name: string, nowMs: number): Allowance {
    const known = this.#byName.get(name);
    if (known) return known;
    const allowance = new Allowance(this.#options, nowMs);
    this.#byName.set(name, allowance);
    return allowance;
  }

  /** Forgets full budgets. Call it about once a second. */
  review(nowMs: number): void {
    for (const [name, allowance] of this.#byName) if (allowance.has(1, nowMs)) this.#byName.delete(name);
  }
}
