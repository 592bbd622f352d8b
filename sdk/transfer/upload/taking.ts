import { backOffMs } from '../../program/index.js';

/** A peer that does not take a dealt piece gets none for this long; doubled each time, until it takes one. */
const REST_MS = 1000;
const MAX_REST_MS = 60_000;

/** How a peer takes its dealt pieces. */
export class Taking {
  /** The piece in transfer; -1 if the transfer did not begin at its first byte. */
  #piece = -1;
  /** Bytes of the piece sent without a gap. */
  #bytes = 0;
  #misses = 0;
  #restUntilMs = -Infinity;

  /** Dealt pieces that it did not take, since the last one that it took. */
  get misses(): number {
    return this.#misses;
  }

  mayTake(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs;
  }

  /** Bytes of a piece sent to it. */
  bytesOf(piece: number): number {
    return this.#piece === piece ? this.#bytes : 0;
  }

  /** Counts sent bytes of a piece. Returns the bytes without a gap; 0 after a gap. */
  advance(piece: number, offset: number, length: number): number {
    if (offset === 0 || this.#piece !== piece || this.#bytes !== offset) this.#bytes = 0;
    this.#piece = offset === 0 || this.#bytes > 0 ? piece : -1;
    if (this.#piece !== piece) return 0;
    this.#bytes += length;
    return this.#bytes;
  }

  /** It took a piece. */
  took(): void {
    this.#misses = 0;
  }

  /** It did not take a dealt piece. */
  miss(nowMs: number): void {
    this.#restUntilMs = nowMs + backOffMs(this.#misses, REST_MS, MAX_REST_MS);
    this.#misses += 1;
  }
}
