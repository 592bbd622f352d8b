/** How much the latest piece says about how long the next one takes. */
const LATEST = 1 / 4;

/** How long a source takes for a piece while it owes any: what it can do, from one whole piece to the next. */
export class SourcePace {
  #meanMs: number | undefined;
  #owesSinceMs: number | undefined;

  /** How long its pieces took; undefined when it never brought one. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** It owes something from now on. */
  begins(nowMs: number): void {
    this.#owesSinceMs ??= nowMs;
  }

  /** It owes nothing any more. */
  ends(): void {
    this.#owesSinceMs = undefined;
  }

  /** A whole piece came. */
  onPiece(nowMs: number): void {
    if (this.#owesSinceMs === undefined) return;
    const tookMs = nowMs - this.#owesSinceMs;
    this.#meanMs = this.#meanMs === undefined ? tookMs : this.#meanMs + (tookMs - this.#meanMs) * LATEST;
    this.#owesSinceMs = nowMs;
  }

  /** What it owed until now was held back by this end. */
  onHeld(nowMs: number): void {
    if (this.#owesSinceMs !== undefined) this.#owesSinceMs = nowMs;
  }

  /** For how long no whole piece has come of what it owes. */
  overdueMs(nowMs: number): number {
    return this.#owesSinceMs === undefined ? 0 : nowMs - this.#owesSinceMs;
  }
}
