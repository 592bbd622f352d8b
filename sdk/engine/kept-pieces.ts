import { createHash } from 'node:crypto';
import { type Manifest, pieceDigest, type ShoalError } from '../protocol/index.js';
import type { ReadonlyBitfield } from '../transfer/index.js';
import type { CheckPool } from './check-pool.js';
import type { Checker } from './checker.js';
import { type PartFile, partPathOf } from './part-file.js';
import { isPiece } from './read-piece.js';

/** What is being checked is waited for no longer than that: the thread may be gone. */
const SETTLE_MS = 5000;

interface KeptPiecesOptions<Sender> {
  readonly part: PartFile;
  /** The canonical bytes. */
  readonly manifest: Uint8Array;
  readonly verified: ReadonlyBitfield;
  readonly checks: CheckPool;
  /** A piece was checked. */
  readonly onChecked: (sender: Sender, piece: number, intact: boolean) => void;
  /** Nothing can be checked any more. */
  readonly onFailed: (error: ShoalError) => void;
}

/**
 * Writes what came, has it checked, and remembers meanwhile who sent it. A piece is checked by a thread that reads what was
 * written, close behind; or here, before it is written, while that thread is too far behind.
 */
export class KeptPieces<Sender> {
  readonly #part: PartFile;
  readonly #manifest: Manifest;
  readonly #onChecked: KeptPiecesOptions<Sender>['onChecked'];
  /** A file of one piece needs none. */
  readonly #checker: Checker | undefined;
  readonly #senders = new Map<number, Sender>();
  #onSettled: () => void = () => {};

  constructor({ part, manifest, verified, checks, onChecked, onFailed }: KeptPiecesOptions<Sender>) {
    this.#part = part;
    this.#manifest = part.manifest;
    this.#onChecked = onChecked;
    if (part.manifest.pieceCount > 1)
      this.#checker = checks.open(partPathOf(part.finalPath), manifest, verified, {
        onChecked: (piece, intact) => this.#tell(piece, intact),
        onFailed: (error) => {
          this.#senders.clear();
          this.#onSettled();
          onFailed(error);
        },
      });
  }

  /** @throws the disk's errors */
  keep(sender: Sender, piece: number, bytes: Buffer): void {
    this.#senders.set(piece, sender);
    if (this.#checker?.hasRoom) {
      this.#part.writePiece(piece, bytes);
      this.#checker.check(piece);
      return;
    }
    const intact = isPiece(this.#manifest, piece, bytes);
    if (intact) {
      this.#part.writePiece(piece, bytes);
      this.#checker?.trust(piece);
    }
    this.#tell(piece, intact);
  }

  /** All pieces are verified: the digest of the whole file. One piece is the file, and no piece has the digest of nothing. */
  wholeDigest(): Promise<Uint8Array> | Uint8Array {
    if (this.#checker) return this.#checker.finish();
    const { pieceCount, algorithm } = this.#manifest;
    return pieceCount === 1 ? pieceDigest(this.#manifest, 0) : createHash(algorithm).digest();
  }

  /** Fulfilled when nothing that was written is still being checked. */
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

  close(): void {
    this.#checker?.close();
  }

  #tell(piece: number, intact: boolean): void {
    const sender = this.#senders.get(piece);
    this.#senders.delete(piece);
    if (sender !== undefined) this.#onChecked(sender, piece, intact);
    if (this.#senders.size === 0) this.#onSettled();
  }
}
