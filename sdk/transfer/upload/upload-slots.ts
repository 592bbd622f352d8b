/** Interval of reviews: at least this long, and this many blocks, but no longer than a stall may last. */
const REVIEW_MS = 1000;
const REVIEW_BLOCKS = 64;
const STOP_MS = 8000;
/** Interval of trials after one that did not help. */
const RETRY_MS = 10_000;
/** Factor of a trial. */
const STEP = 1.5;
/** More slots are kept if they carry this much more, fewer if they carry nearly as much. */
const WORTHWHILE = 1.1;
const AS_GOOD = 0.9;
const MAX_SLOTS = 64;

/**
 * The number of peers to upload to at a time. It is small, so that a new piece is soon complete somewhere and spreads
 * from there, but large enough to fill the link, whose capacity is unknown: while peers wait for a slot, it
 * occasionally tries more and fewer, and the throughput decides.
 */
export class UploadSlots {
  readonly #least: number;
  #count: number;
  #reviewedMs: number | undefined;
  #nextTryMs = 0;
  #bytes = 0;
  #blocks = 0;
  /** The state before the current trial. */
  #before: { readonly count: number; readonly bytes: number } | undefined;
  #goesDown = false;

  constructor(least: number) {
    if (!(least >= 1)) throw new RangeError(`slots is ${least}; it must be at least 1`);
    this.#least = least;
    this.#count = least;
  }

  get count(): number {
    return this.#count;
  }

  onSent(bytes: number): void {
    this.#bytes += bytes;
    this.#blocks += 1;
  }

  /** Call it several times a second. @param isWaited whether a peer waits for a slot */
  review(nowMs: number, isWaited: boolean): void {
    this.#reviewedMs ??= nowMs;
    const spanMs = nowMs - this.#reviewedMs;
    if (spanMs < REVIEW_MS || (this.#blocks < REVIEW_BLOCKS && spanMs < STOP_MS)) return;
    const bytes = this.#bytes / spanMs;
    this.#reviewedMs = nowMs;
    this.#bytes = 0;
    this.#blocks = 0;
    if (!isWaited) this.#rest();
    else if (this.#before !== undefined) this.#judge(this.#before, bytes, nowMs);
    else if (nowMs >= this.#nextTryMs) this.#try(bytes);
  }

  #rest(): void {
    this.#count = this.#least;
    this.#before = undefined;
  }

  #try(bytes: number): void {
    const count = this.#goesDown ? Math.floor(this.#count / STEP) : Math.ceil(this.#count * STEP);
    this.#before = { count: this.#count, bytes };
    this.#count = Math.max(this.#least, Math.min(MAX_SLOTS, count));
  }

  #judge(before: { readonly count: number; readonly bytes: number }, bytes: number, nowMs: number): void {
    const helps = this.#goesDown ? bytes >= before.bytes * AS_GOOD : bytes > before.bytes * WORTHWHILE || bytes === 0;
    if (helps && this.#count !== before.count) {
      this.#try(bytes);
      return;
    }
    this.#before = undefined;
    this.#count = before.count;
    // The increase may have other causes: a trial with fewer slots shows whether they are needed.
    this.#goesDown = !this.#goesDown && this.#count > this.#least;
    this.#nextTryMs = this.#goesDown ? nowMs : nowMs + RETRY_MS;
  }
}
