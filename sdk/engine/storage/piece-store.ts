import { createHash } from 'node:crypto';
import { awayMountOf } from '../../disk/index.js';
import { isPiece, type Manifest, pieceDigest, pieceLength, ShoalError } from '../../protocol/index.js';
import type { ReadonlyBitfield } from '../../transfer/index.js';
import type { Clock } from '../util/clock.js';
import type { DiskChannel } from './disk-workers/disk-channel.js';
import type { DiskPool } from './disk-workers/disk-pool.js';
import type { PieceBuffer, PieceBuffers } from './disk-workers/piece-buffers.js';
import type { PartFile } from './parts/part-file.js';
import { UncheckedPieces } from './unchecked-pieces.js';

/** Limit of the wait for pieces being verified: the thread may be gone. */
const SETTLE_MS = 5000;
/** Smaller files go through the cache: they are small, and the user probably opens them. */
const MIN_UNCACHED_BYTES = 16 * 1024 * 1024;

interface KeptPiecesOptions<Sender> {
  readonly part: PartFile;
  /** The canonical bytes. */
  readonly manifest: Uint8Array;
  readonly verified: ReadonlyBitfield;
  readonly checks: DiskPool;
  readonly buffers: PieceBuffers;
  readonly clock: Clock;
  /** Whether somebody reads the file during its download, so that it should be in the page cache. */
  readonly isRead: () => boolean;
  /** A piece was verified. */
  readonly onChecked: (sender: Sender, piece: number, intact: boolean) => void;
  /** A piece could not be written, or verification stopped. */
  readonly onFailed: (error: ShoalError) => void;
}

/**
 * Writes and verifies pieces, and remembers their senders meanwhile. A disk thread does both with the memory in which a
 * piece arrived. Before that thread runs, and while it has all slots, this thread does it and verifies first.
 */
export class PieceStore<Sender> {
  readonly #part: PartFile;
  readonly #manifest: Manifest;
  readonly #isAway: boolean;
  readonly #options: KeptPiecesOptions<Sender>;
  /** A file of one piece needs none. */
  readonly #checker: DiskChannel | undefined;
  readonly #senders = new Map<number, Sender>();
  /** The buffers of the disk thread, by slot. */
  readonly #lent = new Map<number, PieceBuffer>();
  readonly #unchecked: UncheckedPieces;
  /** Pieces that the disk thread has not reported yet. */
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
          this.#reportChecked(piece, intact);
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

  /** Whether the disk accepts nothing for now. */
  get isStuck(): boolean {
    return this.#unchecked.isStuck;
  }

  /** Checks whether the disk answers. Call it several times a second. */
  review(nowMs: number): void {
    this.#unchecked.review(nowMs);
  }

  /** Takes the piece at the start of `buffer`, and returns the buffer later. */
  keep(sender: Sender, piece: number, buffer: PieceBuffer): void {
    this.#senders.set(piece, sender);
    const { slot } = buffer;
    if (!this.#checker?.isReady || slot === undefined) {
      void this.#keepHere(piece, buffer);
      return;
    }
    this.#lent.set(slot, buffer);
    this.#elsewhere++;
    this.#unchecked.handOver(this.#options.clock.nowMs());
    this.#checker.keep({ piece, slot, isCached: this.#isCached });
  }

  /** The digest of the whole file, when all pieces are verified. A file of one piece has the digest of the piece. */
  wholeDigest(): Promise<Uint8Array> | Uint8Array {
    if (this.#checker) return this.#checker.finish();
    const { pieceCount, algorithm } = this.#manifest;
    return pieceCount === 1 ? pieceDigest(this.#manifest, 0) : createHash(algorithm).digest();
  }

  /** Resolves when nothing is being written or verified. */
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

  /** Stops reporting. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#checker?.close();
    this.#settle(this.#elsewhere);
    for (const slot of [...this.#lent.keys()]) this.#takeBack(slot);
  }

  /** Direct writes use the thread pool, which a remote disk may block. */
  get #isCached(): boolean {
    return this.#isAway || this.#manifest.sizeBytes < MIN_UNCACHED_BYTES || this.#options.isRead();
  }

  async #keepHere(piece: number, buffer: PieceBuffer): Promise<void> {
    const { buffers, onFailed } = this.#options;
    const bytes = buffer.bytes.subarray(0, pieceLength(this.#manifest, piece));
    this.#unchecked.handOver(this.#options.clock.nowMs());
    try {
      const intact = isPiece(this.#manifest, piece, bytes);
      if (intact) {
        await this.#part.writePiece(piece, bytes);
        this.#checker?.trust(piece);
      }
      this.#reportChecked(piece, intact);
    } catch (error) {
      this.#forget(piece);
      onFailed(ShoalError.from(error, 'DISK_ERROR'));
    } finally {
      this.#unchecked.settle(1, this.#options.clock.nowMs());
      buffers.giveBack(buffer);
    }
  }

  #settle(pieces: number): void {
    this.#elsewhere -= pieces;
    this.#unchecked.settle(pieces, this.#options.clock.nowMs());
  }

  #takeBack(slot: number): void {
    const buffer = this.#lent.get(slot);
    if (!buffer) return;
    this.#lent.delete(slot);
    this.#options.buffers.giveBack(buffer);
  }

  #reportChecked(piece: number, intact: boolean): void {
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
