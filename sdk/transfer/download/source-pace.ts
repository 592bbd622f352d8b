/** Weight of the latest piece. */
const LATEST = 1 / 4;

/**
 * The time that a source needs for a piece while it has requests: the measured pace, from one whole piece to the next.
 */
export class SourcePace {
  #meanMs: number | undefined;
  #owesSinceMs: number | undefined;

  /** Mean time of its pieces; undefined if it never delivered one. */
  get meanMs(): number | undefined {
    return this.#meanMs;
  }

  /** It has requests from now on. */
  begins(nowMs: number): void {
    this.#owesSinceMs ??= nowMs;
  }

  /** It has no requests any more. */
  ends(): void {
    this.#owesSinceMs = undefined;
  }

  /** A whole piece arrived. */
  onPiece(nowMs: number): void {
    if (this.#owesSinceMs === undefined) return;
    const tookMs = nowMs - this.#owesSinceMs;
    this.#meanMs = this.#meanMs === undefined ? tookMs : this.#meanMs + (tookMs - this.#meanMs) * LATEST;
    this.#owesSinceMs = nowMs;
  }

  /** This end held back its requests until now. */
  onHeld(nowMs: number): void {
    if (this.#owesSinceMs !== undefined) this.#owesSinceMs = nowMs;
  }

  /** Time since its last whole piece while it has requests. */
  overdueMs(nowMs: number): number {
    return this.#owesSinceMs === undefined ? 0 : nowMs - this.#owesSinceMs;
  }
}
