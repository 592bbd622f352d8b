import { isPiece, type Manifest, PIECE_BYTES, pieceLength, ShoalError } from '../../protocol/index.js';
import { Bitfield, type ReadonlyBitfield, SuperSeeder } from '../../transfer/index.js';
import { contentKey } from '../messages.js';
import { lacksDescriptors } from '../storage/parts/open-files.js';
import type { PartReader } from '../storage/parts/part-reader.js';
import { changedError, type Served } from '../storage/parts/whole-file.js';
import type { Clock } from '../util/clock.js';
import { DoubtfulFiles, MAX_DOUBT_MS } from './doubtful-files.js';

/** A running download whose verified pieces are served. The download opens and closes the file. */
export interface ServedPart {
  readonly groupId: string;
  readonly manifest: Manifest;
  /** The verified pieces, updated as they arrive. */
  readonly pieces: ReadonlyBitfield;
  /** Reads verified bytes. @throws ShoalError the partial file's */
  readonly read: PartReader;
}

/** A peer that has the file open and learns of pieces. */
export interface Reader {
  /** Announces a piece that was held back. */
  reveal(piece: number): void;
}

/** Codes of a file whose stamp or path changed. Its content may be the same. */
const DOUBTS: ReadonlySet<string> = new Set(['FILE_CHANGED', 'PATH_NOT_FOUND', 'NOT_A_FILE']);

export interface ServedFileContext {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A file is doubtful, turned out not to be what was shared, or cannot be read; and how often the pieces had been recounted before. */
  onBroken(file: Served, error: ShoalError, recounts: number): void;
  /** Nobody found out in time what a doubtful file is. */
  onDoubtOver(path: string): void;
}

/**
 * A content that is served to a group, from all local files with it: complete ones and running downloads. While one
 * complete file is left, the end of others takes no piece away.
 */
export class ServedFile {
  readonly groupId: string;
  readonly manifest: Manifest;
  readonly #context: ServedFileContext;
  /** The spare ones are last. */
  #files: Served[] = [];
  readonly #spares = new WeakSet<Served>();
  readonly #doubtful: DoubtfulFiles;
  readonly #parts = new Set<ServedPart>();
  #pieces: Bitfield;
  #users = 0;
  /** The super-seeder of a file that was complete from the start; created when a peer opens it. */
  #firstCopy: SuperSeeder<Reader> | undefined;
  #spreads = false;
  #recounts = 0;

  constructor(groupId: string, manifest: Manifest, context: ServedFileContext) {
    this.groupId = groupId;
    this.manifest = manifest;
    this.#context = context;
    this.#doubtful = new DoubtfulFiles(context.clock);
    this.#pieces = new Bitfield(manifest.pieceCount);
  }

  /** The available pieces. */
  get pieces(): ReadonlyBitfield {
    return this.#pieces;
  }

  /** Whether no local file has any of it. */
  get isEmpty(): boolean {
    return !this.#isWhole && this.#parts.size === 0;
  }

  /** How often the available pieces changed to something else than announced. */
  get recounts(): number {
    return this.#recounts;
  }

  /** Whether a peer has it open. */
  get isOpen(): boolean {
    return this.#users > 0;
  }

  /** Whether the complete file at this path has it, for all that is known. */
  hasFile(path: string): boolean {
    return this.isDoubtful(path) || this.#files.some((file) => file.path === path);
  }

  /** Whether the complete file at this path is not what was shared by its stamp. */
  isDoubtful(path: string): boolean {
    return this.#doubtful.has(path);
  }

  get #isWhole(): boolean {
    return this.#files.length > 0 || !this.#doubtful.isEmpty;
  }

  get key(): string {
    return contentKey(this.groupId, this.manifest.id);
  }

  /** Adds a complete file. @param isSpare whether it is read only if no other complete file is left */
  addFile(file: Served, isSpare = false): void {
    if (this.isEmpty) this.#spreads = true;
    file.close(); // an open one may be another file under the same path
    if (isSpare) this.#spares.add(file);
    const all = [...this.#files.filter(({ path }) => path !== file.path), file];
    this.#files = [...all.filter((one) => !this.#spares.has(one)), ...all.filter((one) => this.#spares.has(one))];
    this.#doubtful.remove(file.path);
    this.#doubtful.wake();
    if (this.#pieces.isComplete) return;
    this.#pieces.fill();
    this.#recounts++;
  }

  /** Removes the files at this path, or all of them. */
  removeFiles(path?: string): void {
    for (const file of [...this.#files]) if (path === undefined || file.path === path) this.#removeFile(file);
    for (const doubtful of path === undefined ? this.#doubtful.paths : [path]) this.#doubtful.remove(doubtful);
    this.#count();
  }

  addPart(part: ServedPart): void {
    this.#parts.add(part);
    this.#count();
  }

  removePart(part: ServedPart): void {
    this.#parts.delete(part);
    this.#count();
  }

  /** A download became a complete file, which is served from now on. The download can close its file. */
  becomeFile(part: ServedPart, file: Served): void {
    this.addFile(file);
    this.#parts.delete(part);
  }

  /** A download has a new piece. Returns whether no other local file had it. */
  came(part: ServedPart, piece: number): boolean {
    return this.#parts.has(part) && this.#pieces.set(piece);
  }

  /**
   * Registers a peer that opens the file, until `release`. Returns the pieces to announce; others are announced later.
   */
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

  /** The pieces announced to a peer. */
  shownTo(reader: Reader): ReadonlyBitfield {
    return this.#firstCopy?.shownTo(reader) ?? this.pieces;
  }

  release(reader: Reader): void {
    this.#firstCopy?.close(reader);
    if (--this.#users === 0) for (const file of this.#files) file.close();
  }

  /** A peer needs these pieces before others: announces those that were held back. */
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

  /** Bytes of a piece are sent to a peer. */
  onSent(reader: Reader, piece: number, offset: number, length: number): void {
    const nowMs = this.#context.clock.nowMs();
    if (this.#firstCopy?.sent(reader, piece, offset, length, nowMs)) this.deal(nowMs);
  }

  /** Announces what may be announced now. Call it several times a second. */
  deal(nowMs: number): void {
    for (const { peer, piece } of this.#firstCopy?.deal(nowMs) ?? []) peer.reveal(piece);
  }

  /**
   * Reads bytes of one piece into `targets`, one after the other, from any file that has them. If only doubtful files may
   * have them, it waits until one is served again.
   * @throws ShoalError `FILE_NOT_FOUND` if none has them any more, `DISK_ERROR` if too many files are open, or errors
   * of a partial file
   */
  read(targets: readonly Buffer[], position: number): void | Promise<void> {
    return this.#read(targets, position, this.#context.clock.nowMs() + MAX_DOUBT_MS);
  }

  #read(targets: readonly Buffer[], position: number, untilMs: number): void | Promise<void> {
    for (let file = this.#files[0]; file; file = this.#files[0]) {
      try {
        const reading = file.read(targets, position);
        return reading && this.#readAway(file, reading, () => this.#read(targets, position, untilMs));
      } catch (error) {
        this.#onUnreadable(file, error);
      }
    }
    const piece = Math.floor(position / this.manifest.pieceBytes);
    for (const part of this.#parts) {
      if (part.pieces.has(piece)) return part.read(targets, position);
    }
    if (this.#doubtful.isEmpty || this.#context.clock.nowMs() >= untilMs)
      throw new ShoalError('FILE_NOT_FOUND', 'No file on this device has it any more.');
    return this.#doubtful.settled.then(() => this.#read(targets, position, untilMs));
  }

  /**
   * Verifies a piece again: a file in which it is wrong is no longer used. It returns a promise only for a disk that
   * may not answer, and for a doubtful file.
   * @throws ShoalError as `read`, and `FILE_CHANGED` for a download
   */
  recheck(piece: number): void | Promise<void> {
    const bytes = Buffer.allocUnsafe(pieceLength(this.manifest, piece));
    const reading = this.read([bytes], piece * PIECE_BYTES);
    const judge = () => this.#judge(this.#files[0], piece, bytes); // the file that was read
    return reading ? reading.then(judge) : judge();
  }

  #judge(file: Served | undefined, piece: number, bytes: Buffer): void | Promise<void> {
    if (isPiece(this.manifest, piece, bytes)) return undefined;
    if (!file) throw changedError();
    this.#giveUp(file, changedError());
    return this.recheck(piece);
  }

  async #readAway(file: Served, reading: Promise<void>, readOther: () => void | Promise<void>): Promise<void> {
    try {
      await reading;
    } catch (error) {
      this.#onUnreadable(file, error);
      await readOther();
    }
  }

  #onUnreadable(file: Served, thrown: unknown): void {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    if (lacksDescriptors(error)) throw error;
    if (!DOUBTS.has(error.code)) {
      this.#giveUp(file, error);
      return;
    }
    const index = this.#files.indexOf(file);
    if (index < 0) return; // another read found it first
    this.#files.splice(index, 1);
    file.close();
    this.#doubtful.add(file.path, () => this.#context.onDoubtOver(file.path));
    this.#context.onBroken(file, error, this.#recounts);
  }

  #giveUp(file: Served, error: ShoalError): void {
    if (!this.#files.includes(file)) return;
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

  /** Counts the available pieces when no complete file is left. */
  #count(): void {
    if (this.#isWhole) return;
    const before = this.#pieces;
    this.#pieces = new Bitfield(this.manifest.pieceCount);
    for (const part of this.#parts) for (const piece of part.pieces) this.#pieces.set(piece);
    if (this.#firstCopy !== undefined || this.#pieces.count !== before.count) this.#recounts++;
    this.#firstCopy = undefined;
    this.#spreads = false;
  }
}
