/** Between two looks at how fast it goes: so long at least, and so many blocks, but no longer than a stop may last. */
const REVIEW_MS = 1000;
const REVIEW_BLOCKS = 64;
const STOP_MS = 8000;
/** Between two tries of another number, once one did not help. */
const RETRY_MS = 10_000;
/** How many more, or fewer, are tried. */
const STEP = 1.5;
/** More slots are kept when they carry so much more, fewer when they carry nearly as much. */
const WORTHWHILE = 1.1;
const AS_GOOD = 0.9;
const MAX_SLOTS = 64;

/**
 * How many peers to send to at a time. Few, so that what is new is soon whole somewhere and spreads from there; but as many
 * as it takes to fill the line, which is not known: where peers wait for a slot, more are tried now and then, and fewer, and
 * what is sent meanwhile decides.
 */
export class UploadSlots {
  readonly #least: number;
  #count: number;
  #reviewedMs: number | undefined;
  #nextTryMs = 0;
  #bytes = 0;
  #blocks = 0;
  /** What was before the try that is on. */
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

  /** To be called some times a second. @param isWaited whether somebody waits for a slot */
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
    // More came and went with other things, too: whether it takes as many is seen by doing without.
    this.#goesDown = !this.#goesDown && this.#count > this.#least;
    this.#nextTryMs = this.#goesDown ? nowMs : nowMs + RETRY_MS;
  }
}
