import { createHash } from 'node:crypto';
import { readFully } from '../../../disk/index.js';
import { isPiece, type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../../../protocol/index.js';
import type { Bitfield } from '../../../transfer/index.js';
import { type PartPlace, PartWriter } from '../parts/part-writer.js';
import type { ArrivedPiece, Findings } from './disk-messages.js';
import { slotBytes } from './piece-buffers.js';

/** A piece in memory. */
interface Held {
  readonly slot: number;
  isWritten: boolean;
  /** Undefined until it is verified. */
  isIntact: boolean | undefined;
}

/**
 * Writes and verifies the pieces of a download, and digests the whole file in order, close behind. All of this uses the
 * memory in which a piece arrived.
 */
export class PieceVerifier {
  readonly #manifest: Manifest;
  readonly #verified: Bitfield;
  readonly #memory: SharedArrayBuffer;
  readonly #writer: PartWriter;
  readonly #whole;
  /** The first piece that is not in the whole-file digest yet. */
  #front = 0;
  #isDigested = false;
  /** Pieces to verify: first come, first served. */
  readonly #unchecked: number[] = [];
  readonly #held = new Map<number, Held>();
  /** Verified pieces that are held for the whole-file digest, */
  readonly #ahead = new Set<number>();
  /** at most this many; others are read from the file later. */
  #maxAhead: number;
  #buffer: Buffer | undefined;
  #good: number[] = [];
  #bad: number[] = [];
  #freed: number[] = [];

  /** @throws errors of the disk */
  constructor(part: PartPlace, manifest: Manifest, verified: Bitfield, memory: SharedArrayBuffer, maxAhead: number) {
    this.#maxAhead = maxAhead;
    this.#manifest = manifest;
    this.#verified = verified;
    this.#memory = memory;
    this.#writer = new PartWriter(part);
    this.#whole = createHash(manifest.algorithm);
  }

  /**
   * Accepts a piece to write and verify. `onWritten` reports the end of the write. A piece must not be given twice at a
   * time.
   */
  keep({ piece, slot, isCached }: ArrivedPiece, onWritten: (error?: Error) => void): void {
    const held: Held = { slot, isWritten: false, isIntact: undefined };
    this.#held.set(piece, held);
    this.#unchecked.push(piece);
    this.#writer.write(this.#bytes(held, piece), piece * PIECE_BYTES, isCached, (error) => {
      held.isWritten = error === undefined;
      if (held.isWritten) this.#conclude(piece, held);
      onWritten(error);
    });
  }

  /** Changes the number of pieces that are held for the whole-file digest. */
  setMaxAhead(maxAhead: number): void {
    this.#maxAhead = maxAhead;
    this.#freeExcess();
  }

  /** Marks pieces as written and verified elsewhere. */
  trust(pieces: readonly number[]): void {
    for (const piece of pieces) this.#verified.set(piece);
  }

  /**
   * Processes one piece. Returns false if there is none. Updating the whole-file digest has priority over piece checks:
   * it cannot be parallelised, so a backlog delays completion, while pieces that wait too long are verified by the
   * receiver.
   * @throws ShoalError of the disk, or `FILE_CHANGED`
   */
  step(): boolean {
    if (this.#verified.has(this.#front)) {
      this.#digestFront();
      return true;
    }
    const piece = this.#unchecked.shift();
    const held = piece === undefined ? undefined : this.#held.get(piece);
    if (piece === undefined || !held) return false;
    this.#check(piece, held);
    return true;
  }

  /** The new results; undefined if there are none. */
  takeFindings(): Findings | undefined {
    if (this.#good.length + this.#bad.length + this.#freed.length === 0) return undefined;
    const found = { good: this.#good, bad: this.#bad, freed: this.#freed };
    this.#good = [];
    this.#bad = [];
    this.#freed = [];
    return found;
  }

  /** The digest of the whole file, once, when all of it is verified. */
  digest(): Uint8Array | undefined {
    if (this.#isDigested || this.#front < this.#manifest.pieceCount) return undefined;
    this.#isDigested = true;
    return this.#whole.digest();
  }

  /**
   * Waits for all writes, and then verifies the remaining pieces, so that they are reported: the disk may be full only
   * for others.
   */
  async close(): Promise<void> {
    try {
      await this.#writer.close();
    } finally {
      for (const piece of this.#unchecked.splice(0)) {
        const held = this.#held.get(piece);
        if (held?.isWritten) this.#check(piece, held);
      }
    }
  }

  #check(piece: number, held: Held): void {
    held.isIntact = isPiece(this.#manifest, piece, this.#bytes(held, piece));
    if (held.isIntact) this.#verified.set(piece);
    if (held.isIntact && piece === this.#front) this.#digestFront();
    if (held.isWritten) this.#conclude(piece, held);
  }

  /** Reports a written and verified piece. Its memory is held only if the whole-file digest needs it soon. */
  #conclude(piece: number, held: Held): void {
    if (held.isIntact === undefined) return;
    (held.isIntact ? this.#good : this.#bad).push(piece);
    if (!held.isIntact || piece < this.#front) this.#free(piece, held);
    else {
      this.#ahead.add(piece);
      this.#freeExcess();
    }
  }

  /** Frees the pieces that the digest needs last. */
  #freeExcess(): void {
    while (this.#ahead.size > this.#maxAhead) {
      const last = Math.max(...this.#ahead);
      const held = this.#held.get(last);
      if (held) this.#free(last, held);
    }
  }

  #free(piece: number, { slot }: Held): void {
    this.#held.delete(piece);
    this.#ahead.delete(piece);
    this.#freed.push(slot);
  }

  #digestFront(): void {
    const piece = this.#front++;
    const held = this.#held.get(piece);
    this.#whole.update(held ? this.#bytes(held, piece) : this.#read(piece));
    if (held && this.#ahead.has(piece)) this.#free(piece, held);
  }

  #bytes({ slot }: Held, piece: number): Buffer {
    return slotBytes(this.#memory, slot).subarray(0, pieceLength(this.#manifest, piece));
  }

  #read(piece: number): Buffer {
    this.#buffer ??= Buffer.allocUnsafeSlow(PIECE_BYTES);
    const bytes = this.#buffer.subarray(0, pieceLength(this.#manifest, piece));
    if (readFully(this.#writer.fd, bytes, piece * PIECE_BYTES) === bytes.length) return bytes;
    throw new ShoalError('FILE_CHANGED', 'Another program shortened the partial file: start the download again.');
  }
}
