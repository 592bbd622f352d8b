/** What is handed out at a time lasts this long at the bucket's rate: the flow is even, and timers are few. */
const BLOCK_SECONDS = 0.05;
/** Smaller blocks would be mostly heads. */
const MIN_BLOCK_BYTES = 512;
/** What may be made up for when its taker comes late, by a timer or a busy thread. */
const BURST_SECONDS = 0.4;
/** Blocks that may be made up for at least: at small rates a block lasts longer than {@link BLOCK_SECONDS}. */
const BURST_BLOCKS = 2;

export interface TokenBucketOptions {
  readonly bytesPerSecond: number;
  /** The largest block that its taker can use. */
  readonly maxBlockBytes: number;
}

/**
 * Lets bytes pass at a rate: in any stretch of time at most what the rate gives for it, and {@link burstBytes} more. It
 * begins empty. It has no clock: times are the caller's, in milliseconds; one that goes back counts as standing still.
 */
export class TokenBucket {
  readonly #maxBlockBytes: number;
  #bytesPerSecond = 0;
  #credit = 0;
  #filledAtMs: number;

  /** @throws RangeError when the rate is not a positive number */
  constructor({ bytesPerSecond, maxBlockBytes }: TokenBucketOptions, nowMs: number) {
    this.#maxBlockBytes = maxBlockBytes;
    this.#filledAtMs = nowMs;
    this.setRate(bytesPerSecond, nowMs);
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** How much to take at a time, so that the flow is even. */
  get blockBytes(): number {
    const even = Math.round(this.#bytesPerSecond * BLOCK_SECONDS);
    return Math.min(this.#maxBlockBytes, Math.max(MIN_BLOCK_BYTES, even));
  }

  /** What an idle time saves up at most. */
  get burstBytes(): number {
    return Math.max(this.#bytesPerSecond * BURST_SECONDS, BURST_BLOCKS * this.blockBytes);
  }

  /** From now on at another rate. What the old one gave until now still counts, as far as the new one lets it be saved. */
  setRate(bytesPerSecond: number, nowMs: number): void {
    if (!(bytesPerSecond > 0 && bytesPerSecond < Infinity)) throw new RangeError(`A rate of ${bytesPerSecond} bytes/s`);
    this.#fill(nowMs);
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = Math.min(this.#credit, this.burstBytes);
  }

  /** How long until so many bytes may pass; 0 when they may now, Infinity when they are more than ever will be at once. */
  waitMs(bytes: number, nowMs: number): number {
    if (bytes > this.burstBytes) return Infinity;
    this.#fill(nowMs);
    return Math.max(0, ((bytes - this.#credit) / this.#bytesPerSecond) * 1000);
  }

  /** Lets bytes pass. False, and nothing done, when it is too early for so many. */
  take(bytes: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (bytes > this.#credit) return false;
    this.#credit -= bytes;
    return true;
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledAtMs) return;
    const gained = ((nowMs - this.#filledAtMs) / 1000) * this.#bytesPerSecond;
    this.#credit = Math.min(this.#credit + gained, this.burstBytes);
    this.#filledAtMs = nowMs;
  }
}
