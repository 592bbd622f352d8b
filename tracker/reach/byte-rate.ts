/** Time for which unused rate may be made up for. */
const BURST_MS = 100;

/** Bytes a second, on average. Whoever spends more waits. */
export class ByteRate {
  readonly #perMs: number;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(bytesPerSecond: number) {
    this.#perMs = bytesPerSecond / 1000;
  }

  /** Spends some bytes, and returns for how many milliseconds to spend no more. */
  spend(nowMs: number, bytes: number): number {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - BURST_MS) + bytes / this.#perMs;
    return Math.max(0, this.#freeAtMs - nowMs);
  }
}
