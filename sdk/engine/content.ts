import { closeSync } from 'node:fs';
import { openRegularSync } from '../disk/index.js';
import { type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../protocol/index.js';
import { Bitfield, FirstCopy, type ReadonlyBitfield } from '../transfer/index.js';
import { checkStamp } from './file-stamp.js';
import { contentKey, type FileStamp } from './messages.js';
import { fillAll, isPiece } from './read-piece.js';

/** Where the bytes of a served file are. */
type Backing =
  /** A file of the user's, opened when asked for; it is served only as long as it is as when it was hashed. */
  | { readonly kind: 'file'; readonly path: string; readonly stamp: FileStamp; fd: number | undefined }
  /** A download on its way; the file is opened and closed by it. */
  | { readonly kind: 'part'; readonly fd: number };

/** Someone who has the file open, and hears of pieces. */
export interface Reader {
  /** A piece that was held back can be had. */
  reveal(piece: number): void;
}

/** A file, whole or in part, that is served to a group. */
export class Content {
  readonly groupId: string;
  readonly manifest: Manifest;
  /** The pieces that can be had: for a download, its verified ones, as they come. */
  readonly pieces: ReadonlyBitfield;
  #backing: Backing;
  #users = 0;
  /** What is held back of a file that was whole from the start; made when somebody opens it. */
  #firstCopy: FirstCopy<Reader> | undefined;
  readonly #spreads: boolean;

  private constructor(groupId: string, manifest: Manifest, pieces: ReadonlyBitfield, backing: Backing) {
    this.#spreads = backing.kind === 'file';
    this.groupId = groupId;
    this.manifest = manifest;
    this.pieces = pieces;
    this.#backing = backing;
  }

  static ofFile(groupId: string, manifest: Manifest, path: string, stamp: FileStamp): Content {
    const pieces = new Bitfield(manifest.pieceCount);
    pieces.fill();
    return new Content(groupId, manifest, pieces, { kind: 'file', path, stamp, fd: undefined });
  }

  static ofDownload(groupId: string, manifest: Manifest, verified: ReadonlyBitfield, fd: number): Content {
    return new Content(groupId, manifest, verified, { kind: 'part', fd });
  }

  /** Whether somebody has it open. */
  get isOpen(): boolean {
    return this.#users > 0;
  }

  /** Where it is, when it is a whole file. */
  get filePath(): string | undefined {
    return this.#backing.kind === 'file' ? this.#backing.path : undefined;
  }

  get key(): string {
    return contentKey(this.groupId, this.manifest.id);
  }

  /** A download became a whole file: it is served from there now. The file that the download had open can be closed. */
  becomeFile(path: string, stamp: FileStamp): void {
    this.#close();
    this.#backing = { kind: 'file', path, stamp, fd: undefined };
  }

  /** Someone has the file open from now on; to be met by one `release`. Which pieces to tell of; others are revealed. */
  retain(reader: Reader): ReadonlyBitfield {
    this.#users++;
    if (this.#spreads && this.pieces.length > 0)
      this.#firstCopy ??= new FirstCopy({
        pieceCount: this.pieces.length,
        lengthOf: (piece) => pieceLength(this.manifest, piece),
        random: Math.random,
      });
    return this.#firstCopy?.open(reader) ?? this.pieces;
  }

  /** What someone who has the file open was told of. */
  shownTo(reader: Reader): ReadonlyBitfield {
    return this.#firstCopy?.shownTo(reader) ?? this.pieces;
  }

  release(reader: Reader): void {
    this.#firstCopy?.close(reader);
    if (--this.#users === 0) this.#close();
  }

  /** Someone needs these pieces before others: reveals those that it was not told of. */
  onWanted(reader: Reader, first: number, count: number): void {
    for (let piece = first; piece < first + count; piece++)
      if (this.#firstCopy?.wanted(reader, piece)) reader.reveal(piece);
  }

  onRequested(reader: Reader, piece: number, offset: number, length: number): void {
    if (!this.#firstCopy || this.#firstCopy.isOver) return;
    const nowMs = Date.now();
    this.#firstCopy.requested(reader, piece, offset, length, nowMs);
    if (offset === 0 && length < pieceLength(this.manifest, piece)) this.deal(nowMs);
  }

  onCancelled(reader: Reader, piece: number): void {
    this.#firstCopy?.withdrawn(reader, piece);
  }

  /** Bytes of a piece are on their way to someone. */
  onSent(reader: Reader, piece: number, offset: number, length: number): void {
    const nowMs = Date.now();
    if (this.#firstCopy?.sent(reader, piece, offset, length, nowMs)) this.deal(nowMs);
  }

  /** Reveals what may be revealed now; to be called some times a second. */
  deal(nowMs: number): void {
    for (const { peer, piece } of this.#firstCopy?.deal(nowMs) ?? []) peer.reveal(piece);
  }

  /**
   * Reads bytes of the file into `targets`, filling one after the other.
   * @throws ShoalError `FILE_CHANGED` or `PATH_NOT_FOUND` when the file is no longer what was shared, or the disk's errors
   */
  read(targets: readonly Buffer[], position: number): void {
    const fd = this.#open();
    if (!fillAll(fd, targets, position)) throw new ShoalError('FILE_CHANGED', 'The shared file became shorter.');
    // After the bytes were read: what is written between a look and a read would be served.
    if (this.#backing.kind !== 'file') return;
    const state = checkStamp(fd, this.#backing.stamp);
    if (state === 'changed') throw new ShoalError('FILE_CHANGED', 'The shared file changed.');
    if (state === 'gone') throw new ShoalError('PATH_NOT_FOUND', 'The shared file is gone.');
  }

  /** Reads a piece and compares it with its digest. @throws ShoalError as `read` */
  isRight(piece: number): boolean {
    const bytes = Buffer.allocUnsafe(pieceLength(this.manifest, piece));
    this.read([bytes], piece * PIECE_BYTES);
    return isPiece(this.manifest, piece, bytes);
  }

  #open(): number {
    const backing = this.#backing;
    if (backing.kind === 'part') return backing.fd;
    backing.fd ??= openRegularSync(backing.path);
    return backing.fd;
  }

  #close(): void {
    const backing = this.#backing;
    if (backing.kind !== 'file' || backing.fd === undefined) return;
    closeSync(backing.fd);
    backing.fd = undefined;
  }
}
