import { isPiece, type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../../protocol/index.js';
import { Bitfield, type ReadonlyBitfield, SuperSeeder } from '../../transfer/index.js';
import { contentKey } from '../messages.js';
import { lacksDescriptors } from '../storage/open-files.js';
import type { PartReader } from '../storage/part-reader.js';
import { changedError, type Served } from '../storage/whole-file.js';
import type { Clock } from '../util/clock.js';

/** A download on its way, whose verified pieces are served; its file is opened and closed by it. */
export interface ServedPart {
  readonly groupId: string;
  readonly manifest: Manifest;
  /** The verified pieces, as they come. */
  readonly pieces: ReadonlyBitfield;
  /** Reads verified bytes. @throws ShoalError the partial file's */
  readonly read: PartReader;
}

/** Someone who has the file open, and hears of pieces. */
export interface Reader {
  /** A piece that was held back can be had. */
  reveal(piece: number): void;
}

export interface ServedFileContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A file turned out not to be what was shared, or cannot be read, and is used no more; and how often the pieces had been recounted before. */
  onBroken(file: Served, error: ShoalError, recounts: number): void;
}

/**
 * A content that is served to a group, from all files here that hold it: whole ones, and downloads on their way. While one whole file is
 * left, nothing that becomes of the others takes a piece away.
 */
export class ServedFile {
  readonly groupId: string;
  readonly manifest: Manifest;
  readonly #context: ServedFileContext;
  readonly #files: Served[] = [];
  readonly #parts = new Set<ServedPart>();
  #pieces: Bitfield;
  #users = 0;
  /** What is held back of a file that was whole from the start; made when somebody opens it. */
  #firstCopy: SuperSeeder<Reader> | undefined;
  #spreads = false;
  #recounts = 0;

  constructor(groupId: string, manifest: Manifest, context: ServedFileContext) {
    this.groupId = groupId;
    this.manifest = manifest;
    this.#context = context;
    this.#pieces = new Bitfield(manifest.pieceCount);
  }

  /** The pieces that can be had. */
  get pieces(): ReadonlyBitfield {
    return this.#pieces;
  }

  /** Whether no file here holds any of it. */
  get isEmpty(): boolean {
    return this.#files.length === 0 && this.#parts.size === 0;
  }

  /** How often there came to be other pieces than those who have it open know of. */
  get recounts(): number {
    return this.#recounts;
  }

  /** Whether somebody has it open. */
  get isOpen(): boolean {
    return this.#users > 0;
  }

  /** Whether a whole file of this path holds it. */
  hasFile(path: string): boolean {
    return this.#files.some((file) => file.path === path);
  }

  get key(): string {
    return contentKey(this.groupId, this.manifest.id);
  }

  /** A whole file holds it. */
  addFile(file: Served): void {
    if (this.isEmpty) this.#spreads = true;
    file.close(); // one that is open may be another, under the same path
    const known = this.#files.findIndex(({ path }) => path === file.path);
    if (known < 0) this.#files.push(file);
    else this.#files[known] = file;
    if (this.#pieces.isComplete) return;
    this.#pieces.fill();
    this.#recounts++;
  }

  /** Uses the files of this path no more, or all of them. */
  removeFiles(path?: string): void {
    for (const file of [...this.#files]) if (path === undefined || file.path === path) this.#removeFile(file);
  }

  addPart(part: ServedPart): void {
    this.#parts.add(part);
    this.#count();
  }

  removePart(part: ServedPart): void {
    this.#parts.delete(part);
    this.#count();
  }

  /** A download became a whole file: it is served from there now. The file that the download had open can be closed. */
  becomeFile(part: ServedPart, file: Served): void {
    this.addFile(file);
    this.#parts.delete(part);
  }

  /** A download has a piece; whether it is one that nobody here had. */
  came(part: ServedPart, piece: number): boolean {
    return this.#parts.has(part) && this.#pieces.set(piece);
  }

  /** Someone has the file open from now on; to be met by one `release`. Which pieces to tell of; others are revealed. */
  retain(reader: Reader): ReadonlyBitfield {
    this.#users++;
    if (this.#spreads && this.pieces.length > 0)
      this.#firstCopy ??= new SuperSeeder({
        pieceCount: this.pieces.length,
        lengthOf: (piece) => pieceLength(this.manifest, piece),
        random: this.#context.random,
      });
    return this.#firstCopy?.open(reader) ?? this.pieces;
  }

  /** What someone who has the file open was told of. */
  shownTo(reader: Reader): ReadonlyBitfield {
    return this.#firstCopy?.shownTo(reader) ?? this.pieces;
  }

  release(reader: Reader): void {
    this.#firstCopy?.close(reader);
    if (--this.#users === 0) for (const file of this.#files) file.close();
  }

  /** Someone needs these pieces before others: reveals those that it was not told of. */
  onWanted(reader: Reader, first: number, count: number): void {
    for (let piece = first; piece < first + count; piece++)
      if (this.#firstCopy?.wanted(reader, piece)) reader.reveal(piece);
  }

  onRequested(reader: Reader, piece: number, offset: number, length: number): void {
    if (!this.#firstCopy || this.#firstCopy.isOver) return;
    const nowMs = this.#context.clock.nowMs();
    this.#firstCopy.requested(reader, piece, offset, length, nowMs);
    if (offset === 0 && length < pieceLength(this.manifest, piece)) this.deal(nowMs);
  }

  onCancelled(reader: Reader, piece: number): void {
    this.#firstCopy?.withdrawn(reader, piece);
  }

  /** Bytes of a piece are on their way to someone. */
  onSent(reader: Reader, piece: number, offset: number, length: number): void {
    const nowMs = this.#context.clock.nowMs();
    if (this.#firstCopy?.sent(reader, piece, offset, length, nowMs)) this.deal(nowMs);
  }

  /** Reveals what may be revealed now; to be called some times a second. */
  deal(nowMs: number): void {
    for (const { peer, piece } of this.#firstCopy?.deal(nowMs) ?? []) peer.reveal(piece);
  }

  /**
   * Reads bytes of one piece into `targets`, filling one after the other, from whichever file has them.
   * @throws ShoalError `FILE_NOT_FOUND` when none has them any more, `DISK_ERROR` when too many files are open, or a partial file's errors
   */
  read(targets: readonly Buffer[], position: number): void | Promise<void> {
    for (let file = this.#files[0]; file; file = this.#files[0]) {
      try {
        const reading = file.read(targets, position);
        return reading && this.#readAway(file, reading, targets, position);
      } catch (error) {
        this.#onUnreadable(file, error);
      }
    }
    const piece = Math.floor(position / this.manifest.pieceBytes);
    for (const part of this.#parts) {
      if (part.pieces.has(piece)) return part.read(targets, position);
    }
    throw new ShoalError('FILE_NOT_FOUND', 'No file on this device has it any more.');
  }

  /**
   * Looks whether a piece is still what it was: a file in which it is not is used no more. Done at once, but where a disk may not answer.
   * @throws ShoalError as `read`, and `FILE_CHANGED` for a download's
   */
  recheck(piece: number): void | Promise<void> {
    const bytes = Buffer.allocUnsafe(pieceLength(this.manifest, piece));
    const reading = this.read([bytes], piece * PIECE_BYTES);
    const [file] = this.#files; // the one that was read, or is being
    return reading ? reading.then(() => this.#judge(file, piece, bytes)) : this.#judge(file, piece, bytes);
  }

  #judge(file: Served | undefined, piece: number, bytes: Buffer): void | Promise<void> {
    if (isPiece(this.manifest, piece, bytes)) return undefined;
    if (!file) throw changedError();
    if (this.#files[0] === file) this.#onUnreadable(file, changedError());
    return this.recheck(piece);
  }

  async #readAway(file: Served, reading: Promise<void>, targets: readonly Buffer[], position: number): Promise<void> {
    try {
      await reading;
    } catch (error) {
      this.#onUnreadable(file, error);
      await this.read(targets, position);
    }
  }

  #onUnreadable(file: Served, thrown: unknown): void {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    if (lacksDescriptors(error)) throw error;
    const before = this.#recounts;
    this.#removeFile(file);
    this.#context.onBroken(file, error, before);
  }

  #removeFile(file: Served): void {
    const index = this.#files.indexOf(file);
    if (index < 0) return;
    this.#files.splice(index, 1);
    file.close();
    this.#count();
  }

  /** Which pieces there are, once no whole file holds them. */
  #count(): void {
    if (this.#files.length > 0) return;
    const before = this.#pieces;
    this.#pieces = new Bitfield(this.manifest.pieceCount);
    for (const part of this.#parts) for (const piece of part.pieces) this.#pieces.set(piece);
    if (this.#firstCopy !== undefined || this.#pieces.count !== before.count) this.#recounts++;
    this.#firstCopy = undefined;
    this.#spreads = false;
  }
}
