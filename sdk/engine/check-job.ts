import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../protocol/index.js';
import type { Bitfield } from '../transfer/index.js';
import { isPiece, readFully } from './read-piece.js';

/**
 * Looks after a download: checks its pieces as they are written, and digests the whole file front to back, close behind.
 * Both read from the page cache, a piece that is next in the file once for both.
 */
export class CheckJob {
  readonly #manifest: Manifest;
  readonly #verified: Bitfield;
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  readonly #whole;
  /** The first piece that the whole file's digest lacks. */
  #front = 0;
  #isDigested = false;
  /** What is to be checked, in the groups in which it came, and how far the first one is. */
  readonly #groups: (readonly number[])[] = [];
  #checked = 0;
  #good: number[] = [];
  #bad: number[] = [];

  constructor(path: string, manifest: Manifest, verified: Bitfield) {
    this.#manifest = manifest;
    this.#verified = verified;
    this.#fd = openSync(path, 'r');
    this.#whole = createHash(manifest.algorithm);
  }

  /** Takes a group of pieces to check, once those before are done. */
  check(pieces: readonly number[]): void {
    if (pieces.length > 0) this.#groups.push(pieces);
  }

  /** These were checked elsewhere. */
  trust(pieces: readonly number[]): void {
    for (const piece of pieces) this.#verified.set(piece);
  }

  /**
   * One piece's work; false when there is none. The whole file's digest goes first where it can: nobody else can do that work,
   * and what of it is left at the end is waited for, while pieces that wait here too long are checked by whoever writes them.
   * @throws ShoalError the disk's, or `FILE_CHANGED`
   */
  step(): boolean {
    if (this.#verified.has(this.#front)) {
      this.#digest(this.#read(this.#front));
      return true;
    }
    const piece = this.#groups[0]?.[this.#checked];
    if (piece === undefined) return false;
    this.#checked++;
    this.#checkOne(piece);
    return true;
  }

  /** What was found of the first group, once, when it is through; undefined before. */
  findings(): { good: readonly number[]; bad: readonly number[] } | undefined {
    if (this.#checked < (this.#groups[0]?.length ?? Number.POSITIVE_INFINITY)) return undefined;
    this.#groups.shift();
    this.#checked = 0;
    const found = { good: this.#good, bad: this.#bad };
    this.#good = [];
    this.#bad = [];
    return found;
  }

  /** The whole file's digest, once: when all of it is verified. */
  digest(): Uint8Array | undefined {
    if (this.#isDigested || this.#front < this.#manifest.pieceCount) return undefined;
    this.#isDigested = true;
    return this.#whole.digest();
  }

  close(): void {
    closeSync(this.#fd);
  }

  #checkOne(piece: number): void {
    const bytes = this.#read(piece);
    if (!isPiece(this.#manifest, piece, bytes)) {
      this.#bad.push(piece);
      return;
    }
    this.#good.push(piece);
    this.#verified.set(piece);
    if (piece === this.#front) this.#digest(bytes);
  }

  #digest(bytes: Buffer): void {
    this.#whole.update(bytes);
    this.#front++;
  }

  #read(piece: number): Buffer {
    const bytes = this.#buffer.subarray(0, pieceLength(this.#manifest, piece));
    if (readFully(this.#fd, bytes, piece * PIECE_BYTES) === bytes.length) return bytes;
    throw new ShoalError('FILE_CHANGED', 'The partial file became shorter while it was written: start again.');
  }
}
