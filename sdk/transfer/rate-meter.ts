/** A shorter span would not give a meaningful average. */
const MIN_SPAN_MS = 100;

/**
 * Bytes per second as an exponentially weighted moving average. The time before the start of the meter does not count:
 * while that is short, the average covers the time since then.
 */
export class RateMeter {
  readonly #timeConstantMs: number;
  #startedAt = 0;
  #updatedAt = 0;
  /** Bytes, each weighted by e^(-age / timeConstant) as of {@link #updatedAt}. */
  #weighted = 0;

  constructor(timeConstantMs: number) {
    this.#timeConstantMs = timeConstantMs;
  }

  /** Forgets everything and starts again. */
  restart(nowMs: number): void {
    this.#startedAt = nowMs;
    this.#updatedAt = nowMs;
    this.#weighted = 0;
  }

  add(bytes: number, nowMs: number): void {
    if (nowMs > this.#updatedAt) {
      this.#weighted *= this.#decay(nowMs - this.#updatedAt);
      this.#updatedAt = nowMs;
    }
    this.#weighted += bytes;
  }

  bytesPerSecond(nowMs: number): number {
    const spanMs = Math.max(nowMs - this.#startedAt, MIN_SPAN_MS);
    const weightMs = this.#timeConstantMs * (1 - this.#decay(spanMs));
    return ((this.#weighted * this.#decay(Math.max(0, nowMs - this.#updatedAt))) / weightMs) * 1000;
  }

  #decay(ms: number): number {
    return Math.exp(-ms / this.#timeConstantMs);
  }
}
