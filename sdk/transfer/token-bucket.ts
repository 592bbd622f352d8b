/** A block lasts this long at the bucket's rate: the flow is even, and timers are few. */
const BLOCK_SECONDS = 0.05;
/** Smaller blocks would consist mostly of headers. */
const MIN_BLOCK_BYTES = 512;
/** What a late caller (timer, busy thread) may catch up on. */
const BURST_SECONDS = 0.4;
/** Minimum of blocks to catch up on: at low rates, a block lasts longer than {@link BLOCK_SECONDS}. */
const BURST_BLOCKS = 2;

export interface TokenBucketOptions {
  readonly bytesPerSecond: number;
  /** The largest block that the caller can use. */
  readonly maxBlockBytes: number;
}

/**
 * A token bucket: in any period, at most what the rate allows, and {@link burstBytes} more. It begins empty. It has no
 * clock: the caller gives the time in milliseconds; a time that goes back counts as no progress.
 */
export class TokenBucket {
  readonly #maxBlockBytes: number;
  #bytesPerSecond = 0;
  #credit = 0;
  #filledAtMs: number;

  /** @throws RangeError if the rate is not a positive number */
  constructor({ bytesPerSecond, maxBlockBytes }: TokenBucketOptions, nowMs: number) {
    this.#maxBlockBytes = maxBlockBytes;
    this.#filledAtMs = nowMs;
    this.setRate(bytesPerSecond, nowMs);
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** The block size for an even flow. */
  get blockBytes(): number {
    const even = Math.round(this.#bytesPerSecond * BLOCK_SECONDS);
    return Math.min(this.#maxBlockBytes, Math.max(MIN_BLOCK_BYTES, even));
  }

  /** What an idle time can accumulate. */
  get burstBytes(): number {
    return Math.max(this.#bytesPerSecond * BURST_SECONDS, BURST_BLOCKS * this.blockBytes);
  }

  /** Changes the rate. Accumulated bytes stay, up to the new burst. */
  setRate(bytesPerSecond: number, nowMs: number): void {
    if (!(bytesPerSecond > 0 && bytesPerSecond < Infinity)) throw new RangeError(`A rate of ${bytesPerSecond} bytes/s`);
    this.#fill(nowMs);
    this.#bytesPerSecond = bytesPerSecond;
    this.#credit = Math.min(this.#credit, this.burstBytes);
  }

  /** Time until this many bytes may pass; 0 for now, Infinity if they exceed the burst. */
  waitMs(bytes: number, nowMs: number): number {
    if (bytes > this.burstBytes) return Infinity;
    this.#fill(nowMs);
    return Math.max(0, ((bytes - this.#credit) / this.#bytesPerSecond) * 1000);
  }

  /** Lets bytes pass. Returns false, and does nothing, if it is too early. */
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
