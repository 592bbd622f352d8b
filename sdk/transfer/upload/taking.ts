/** A peer that does not take what it is dealt is dealt nothing for so long; doubled each time, until it takes a piece. */
const REST_MS = 1000;
const MAX_REST_MS = 60_000;

/** How a peer takes what it is dealt. */
export class Taking {
  /** The piece that it is being sent; -1 when that did not begin at its first byte. */
  #piece = -1;
  /** How much of the piece it was sent, without a gap from its beginning. */
  #bytes = 0;
  #misses = 0;
  #restUntilMs = -Infinity;

  /** Pieces that it was dealt and did not take, since it last took one. */
  get misses(): number {
    return this.#misses;
  }

  mayTake(nowMs: number): boolean {
    return nowMs >= this.#restUntilMs;
  }

  /** How much of a piece it was sent. */
  bytesOf(piece: number): number {
    return this.#piece === piece ? this.#bytes : 0;
  }

  /** Bytes of a piece are on their way. How many of the piece are, without a gap; 0 when there is one. */
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

  /** It did not take what it was dealt. */
  miss(nowMs: number): void {
    this.#restUntilMs = nowMs + Math.min(MAX_REST_MS, REST_MS * 2 ** this.#misses);
    this.#misses += 1;
  }
}
