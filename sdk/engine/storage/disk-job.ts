import { createHash } from 'node:crypto';
import { readFully } from '../../disk/index.js';
import { isPiece, type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../../protocol/index.js';
import type { Bitfield } from '../../transfer/index.js';
import type { ArrivedPiece, Findings } from './disk-messages.js';
import { type PartPlace, PartWriter } from './part-writer.js';
import { slotBytes } from './piece-buffers.js';

/** A piece in memory. */
interface Held {
  readonly slot: number;
  isWritten: boolean;
  /** Undefined until it is checked. */
  isIntact: boolean | undefined;
}

/**
 * Looks after a download: writes what came, checks it, and digests the whole file front to back, close behind. All of it
 * takes a piece from the memory that it came in.
 */
export class DiskJob {
  readonly #manifest: Manifest;
  readonly #verified: Bitfield;
  readonly #memory: SharedArrayBuffer;
  readonly #writer: PartWriter;
  readonly #whole;
  /** The first piece that the whole file's digest lacks. */
  #front = 0;
  #isDigested = false;
  /** What is to be checked, first come, first served. */
  readonly #unchecked: number[] = [];
  readonly #held = new Map<number, Held>();
  /** Checked pieces that are held for the whole file's digest, */
  readonly #ahead = new Set<number>();
  /** so many at most: the others are read from the file then. */
  #maxAhead: number;
  #buffer: Buffer | undefined;
  #good: number[] = [];
  #bad: number[] = [];
  #freed: number[] = [];

  /** @throws the disk's errors */
  constructor(part: PartPlace, manifest: Manifest, verified: Bitfield, memory: SharedArrayBuffer, maxAhead: number) {
    this.#maxAhead = maxAhead;
    this.#manifest = manifest;
    this.#verified = verified;
    this.#memory = memory;
    this.#writer = new PartWriter(part);
    this.#whole = createHash(manifest.algorithm);
  }

  /** Takes a piece to write and to check; hears when it was written, or could not be. No two at a time of one number. */
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

  /** From now on holds no more than so many pieces for the whole file's digest. */
  setMaxAhead(maxAhead: number): void {
    this.#maxAhead = maxAhead;
    this.#freeExcess();
  }

  /** These were checked, and written, elsewhere. */
  trust(pieces: readonly number[]): void {
    for (const piece of pieces) this.#verified.set(piece);
  }

  /**
   * One piece's work; false when there is none. The whole file's digest goes first where it can: nobody else can do that work,
   * and what of it is left at the end is waited for, while pieces that wait here too long are checked by whoever fetches them.
   * @throws ShoalError the disk's, or `FILE_CHANGED`
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

  /** What is new; undefined where nothing is. */
  takeFindings(): Findings | undefined {
    if (this.#good.length + this.#bad.length + this.#freed.length === 0) return undefined;
    const found = { good: this.#good, bad: this.#bad, freed: this.#freed };
    this.#good = [];
    this.#bad = [];
    this.#freed = [];
    return found;
  }

  /** The whole file's digest, once: when all of it is verified. */
  digest(): Uint8Array | undefined {
    if (this.#isDigested || this.#front < this.#manifest.pieceCount) return undefined;
    this.#isDigested = true;
    return this.#whole.digest();
  }

  /** When all was written that was to be, what of it was not checked yet is, so that it is told of: the disk may be full for others. */
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

  /** A piece that is written and checked is told of. It is held on only if the whole file's digest is about to come to it. */
  #conclude(piece: number, held: Held): void {
    if (held.isIntact === undefined) return;
    (held.isIntact ? this.#good : this.#bad).push(piece);
    if (!held.isIntact || piece < this.#front) this.#free(piece, held);
    else {
      this.#ahead.add(piece);
      this.#freeExcess();
    }
  }

  /** The digest comes last to what is furthest ahead. */
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
