export interface AllowanceOptions {
  /** What may be spent on average. */
  readonly perSecond: number;
  /** What an idle time saves up at most. */
  readonly burst: number;
}

/**
 * What someone may spend: at a rate, and more after an idle time. It begins full. Spending is never refused, but may leave a
 * debt, and who has one waits until it is paid: so what comes in lots is accounted for once a lot. It has no clock: times are
 * the caller's, in milliseconds; one that goes back counts as standing still.
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

  /** Whether there is so much of the burst, of 1 in all. */
  has(share: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#credit >= share * this.#burst;
  }

  /** How long until there is no debt; 0 when there is none. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#credit >= 0 ? 0 : -this.#credit / this.#perMs;
  }

  /** Spends; how long to wait before more is spent. */
  spend(cost: number, nowMs: number): number {
    this.#fill(nowMs);
    this.#credit -= cost;
    return this.waitMs(nowMs);
  }

  /** Whether so much is there. */
  canSpend(cost: number, nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#credit >= cost;
  }

  /** Spends what is there, or nothing: false, and nothing done, when there is less. */
  trySpend(cost: number, nowMs: number): boolean {
    const can = this.canSpend(cost, nowMs);
    if (can) this.#credit -= cost;
    return can;
  }

  /** What was spent turned out to be nobody's fault. */
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

/** Allowances of many, by name. One that is full again is forgotten: nothing is known of its owner that would differ from a newcomer's. */
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

  /** Forgets those who spent nothing for long; to be called every second or so. */
  review(nowMs: number): void {
    for (const [name, allowance] of this.#byName) if (allowance.has(1, nowMs)) this.#byName.delete(name);
  }
}
