import type { PieceBuffers } from './piece-buffers.js';

/** A disk that has finished none of the pieces that it was given for so long does not answer. */
const SILENT_MS = 5000;

/**
 * The pieces of one download that are being written and checked. All downloads wait with reading when there are too many of these; but
 * nobody waits for those of a disk that does not answer.
 */
export class UncheckedPieces {
  readonly #buffers: PieceBuffers;
  #pieces = 0;
  #answeredMs = -Infinity;
  #isStuck = false;

  constructor(buffers: PieceBuffers) {
    this.#buffers = buffers;
  }

  /** Whether the disk does not answer: it is to be given nothing more. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /** A piece goes to the thread that writes and checks it. To be met by {@link settle}. */
  handOver(nowMs: number): void {
    if (this.#pieces === 0) this.#answeredMs = nowMs;
    this.#pieces++;
    if (!this.#isStuck) this.#buffers.count(1);
  }

  /** So many pieces that were handed over are written and checked, or never will be. */
  settle(pieces: number, nowMs: number): void {
    this.#answeredMs = nowMs;
    const counted = this.#isStuck ? 0 : this.#pieces;
    this.#pieces -= pieces;
    this.#isStuck = false;
    this.#buffers.count(this.#pieces - counted);
  }

  /** Looks whether the disk answers; to be called some times a second. */
  review(nowMs: number): void {
    if (this.#isStuck || this.#pieces === 0 || nowMs - this.#answeredMs < SILENT_MS) return;
    this.#isStuck = true;
    this.#buffers.count(-this.#pieces);
  }
}
