import { createHash } from 'node:crypto';
import { awayMountOf } from '../../disk/index.js';
import { isPiece, type Manifest, pieceDigest, pieceLength, ShoalError } from '../../protocol/index.js';
import type { ReadonlyBitfield } from '../../transfer/index.js';
import type { DiskChannel } from './disk-channel.js';
import type { DiskPool } from './disk-pool.js';
import type { PartFile } from './part-file.js';
import type { PieceBuffer, PieceBuffers } from './piece-buffers.js';
import { UncheckedPieces } from './unchecked-pieces.js';

/** What is being checked is waited for no longer than that: the thread may be gone. */
const SETTLE_MS = 5000;
/** A smaller file goes through the cache: it is little, and whoever fetched it is likely to look at it. */
const MIN_UNCACHED_BYTES = 16 * 1024 * 1024;

interface KeptPiecesOptions<Sender> {
  readonly part: PartFile;
  /** The canonical bytes. */
  readonly manifest: Uint8Array;
  readonly verified: ReadonlyBitfield;
  readonly checks: DiskPool;
  readonly buffers: PieceBuffers;
  /** Whether somebody reads what comes, so that it had better be in the system's cache. */
  readonly isRead: () => boolean;
  /** A piece was checked. */
  readonly onChecked: (sender: Sender, piece: number, intact: boolean) => void;
  /** A piece could not be written, or nothing can be checked any more. */
  readonly onFailed: (error: ShoalError) => void;
}

/**
 * Has what came written and checked, and remembers meanwhile who sent it. A thread of its own does both, with the memory that
 * a piece came in; or this one, first the check, before that one runs and while it has all of that memory.
 */
export class PieceStore<Sender> {
  readonly #part: PartFile;
  readonly #manifest: Manifest;
  readonly #isAway: boolean;
  readonly #options: KeptPiecesOptions<Sender>;
  /** A file of one piece needs none. */
  readonly #checker: DiskChannel | undefined;
  readonly #senders = new Map<number, Sender>();
  /** The buffers that the other thread has, by their slots. */
  readonly #lent = new Map<number, PieceBuffer>();
  readonly #unchecked: UncheckedPieces;
  /** Those of them that the other thread has not told of. */
  #elsewhere = 0;
  #onSettled: () => void = () => {};

  constructor(options: KeptPiecesOptions<Sender>) {
    const { part, manifest, verified, checks } = options;
    this.#options = options;
    this.#part = part;
    this.#manifest = part.manifest;
    this.#isAway = awayMountOf(part.path) !== undefined;
    this.#unchecked = new UncheckedPieces(options.buffers);
    if (part.manifest.pieceCount > 1)
      this.#checker = checks.open(part, manifest, verified, {
        onChecked: (piece, intact) => {
          this.#settle(1);
          this.#tell(piece, intact);
        },
        onFreed: (slot) => this.#takeBack(slot),
        onFailed: (error) => {
          this.#settle(this.#elsewhere);
          this.#senders.clear();
          this.#onSettled();
          options.onFailed(error);
        },
      });
  }

  /** Whether the disk takes nothing for the moment. */
  get isStuck(): boolean {
    return this.#unchecked.isStuck;
  }

  /** Looks whether the disk answers; to be called some times a second. */
  review(nowMs: number): void {
    this.#unchecked.review(nowMs);
  }

  /** Takes the piece that is at the beginning of `buffer`, and sees to it that the buffer is given back. */
  keep(sender: Sender, piece: number, buffer: PieceBuffer): void {
    this.#senders.set(piece, sender);
    const { slot } = buffer;
    if (!this.#checker?.isReady || slot === undefined) {
      void this.#keepHere(piece, buffer);
      return;
    }
    this.#lent.set(slot, buffer);
    this.#elsewhere++;
    this.#unchecked.handOver(Date.now());
    this.#checker.keep({ piece, slot, isCached: this.#isCached });
  }

  /** All pieces are verified: the digest of the whole file. One piece is the file, and no piece has the digest of nothing. */
  wholeDigest(): Promise<Uint8Array> | Uint8Array {
    if (this.#checker) return this.#checker.finish();
    const { pieceCount, algorithm } = this.#manifest;
    return pieceCount === 1 ? pieceDigest(this.#manifest, 0) : createHash(algorithm).digest();
  }

  /** Fulfilled when nothing is being written or checked any more. */
  async settled(): Promise<void> {
    if (this.#senders.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, SETTLE_MS);
      this.#onSettled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Nothing is told of any more; fulfilled when nothing is written, either. */
  async close(): Promise<void> {
    await this.#checker?.close();
    this.#settle(this.#elsewhere);
    for (const slot of [...this.#lent.keys()]) this.#takeBack(slot);
  }

  /** What goes past the cache is written by the few hands that the system has in the background: a far disk may keep them. */
  get #isCached(): boolean {
    return this.#isAway || this.#manifest.sizeBytes < MIN_UNCACHED_BYTES || this.#options.isRead();
  }

  async #keepHere(piece: number, buffer: PieceBuffer): Promise<void> {
    const { buffers, onFailed } = this.#options;
    const bytes = buffer.bytes.subarray(0, pieceLength(this.#manifest, piece));
    this.#unchecked.handOver(Date.now());
    try {
      const intact = isPiece(this.#manifest, piece, bytes);
      if (intact) {
        await this.#part.writePiece(piece, bytes);
        this.#checker?.trust(piece);
      }
      this.#tell(piece, intact);
    } catch (error) {
      this.#forget(piece);
      onFailed(ShoalError.from(error, 'DISK_ERROR'));
    } finally {
      this.#unchecked.settle(1, Date.now());
      buffers.giveBack(buffer);
    }
  }

  #settle(pieces: number): void {
    this.#elsewhere -= pieces;
    this.#unchecked.settle(pieces, Date.now());
  }

  #takeBack(slot: number): void {
    const buffer = this.#lent.get(slot);
    if (!buffer) return;
    this.#lent.delete(slot);
    this.#options.buffers.giveBack(buffer);
  }

  #tell(piece: number, intact: boolean): void {
    const sender = this.#forget(piece);
    if (sender !== undefined) this.#options.onChecked(sender, piece, intact);
  }

  #forget(piece: number): Sender | undefined {
    const sender = this.#senders.get(piece);
    this.#senders.delete(piece);
    if (this.#senders.size === 0) this.#onSettled();
    return sender;
  }
}
