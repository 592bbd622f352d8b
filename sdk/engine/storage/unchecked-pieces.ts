import type { PieceBuffers } from './disk-workers/piece-buffers.js';

/** A disk that completes no piece for this long does not answer. */
const SILENT_MS = 5000;

/**
 * The pieces of one download that are being written and verified. All downloads pause reading if there are too many,
 * but those of a disk that does not answer do not count.
 */
export class UncheckedPieces {
  readonly #buffers: PieceBuffers;
  #pieces = 0;
  #answeredMs = -Infinity;
  #isStuck = false;

  constructor(buffers: PieceBuffers) {
    this.#buffers = buffers;
  }

  /** Whether the disk does not answer, so that it must not get more pieces. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** Counts a piece for the disk thread. Each needs a {@link settle}. */
  handOver(nowMs: number): void {
    if (this.#pieces === 0) this.#answeredMs = nowMs;
    this.#pieces++;
    if (!this.#isStuck) this.#buffers.count(1);
  }

  /** Counts pieces that are written and verified, or never will be. */
  settle(pieces: number, nowMs: number): void {
    this.#answeredMs = nowMs;
    const counted = this.#isStuck ? 0 : this.#pieces;
    this.#pieces -= pieces;
    this.#isStuck = false;
    this.#buffers.count(this.#pieces - counted);
  }

  /** Checks whether the disk answers. Call it several times a second. */
  review(nowMs: number): void {
    if (this.#isStuck || this.#pieces === 0 || nowMs - this.#answeredMs < SILENT_MS) return;
    this.#isStuck = true;
    this.#buffers.count(-this.#pieces);
  }
}
