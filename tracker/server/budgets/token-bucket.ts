/** Allows `perSecond` on average, and `burst` at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #lastMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#lastMs = nowMs;
  }

  /** Takes an amount, or nothing. An amount above a burst counts as one burst. */
  take(nowMs: number, amount = 1): boolean {
    if (this.waitMs(nowMs, amount) > 0) return false;
    this.#tokens -= Math.min(amount, this.#burst);
    return true;
  }

  /** Time until an amount is available. */
  waitMs(nowMs: number, amount = 1): number {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs); // clocks can be set back
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#lastMs = nowMs;
    const missing = Math.min(amount, this.#burst) - this.#tokens;
    return missing <= 0 ? 0 : (missing / this.#perSecond) * 1000;
  }
}
