import { type BigIntStats, close, fdatasync, fstat, fsync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type FileId,
  type FileStamp,
  type HeldFolder,
  isOwnFile,
  isSameFile,
  plainly,
  readBootId,
  readInBackground,
  sameStamp,
  stampOf,
  UNKNOWN_BOOT_ID,
  writeFully,
} from '../../../disk/index.js';
import { type Manifest, pieceLength, ShoalError } from '../../../protocol/index.js';
import { Bitfield } from '../../../transfer/index.js';
import { callAway } from './away-calls.js';
import { type FileAttributes, setAttributes } from './file-attributes.js';
import { layOut } from './lay-out.js';
import { moveReplacing, type Replaceable } from './move-file.js';
import {
  claimFinal,
  claimPart,
  inTurn,
  isRealFile,
  leaveFinal,
  leavePart,
  makeWay,
  type OpenPart,
} from './part-claims.js';
import { journalNameOf } from './part-names.js';
import { holdFolderOf, movePart, type OpenedPart, openPart, readJournal } from './part-place.js';
import { decodeJournal, type JournalContents, type JournalKey, nothingFound, ResumeJournal } from './resume-journal.js';
import { shorterError } from './whole-file.js';

/** Bytes between two syncs; near the end, half of the rest, so that the last sync is short. */
const MAX_SYNC_BYTES = 128 * 1024 * 1024;
const MIN_SYNC_BYTES = 16 * 1024 * 1024;

const [syncData, syncAll] = [promisify(fdatasync), promisify(fsync)];
const [statFile, closeFile] = [promisify(fstat), promisify(close)];

/** The destination of a download. */
interface PartOptions {
  /** The folder download that the file belongs to: no link below it is followed. */
  readonly root?: string | undefined;
  /** Whether a file is known to be complete, although its name and its neighbours say otherwise. */
  readonly isWhole?: (path: string) => boolean;
}

/**
 * A partial file, and the journal of its verified pieces. The disk thread writes most pieces (`part-writer.ts`); this
 * class writes those that the disk thread cannot accept. It never blocks its thread for the disk.
 */
export class PartFile implements OpenPart {
  readonly manifest: Manifest;
  readonly finalPath: string;
  readonly fd: number;
  /** The file that is open as `fd`. */
  readonly id: FileId;
  /** The data of an earlier run, to verify before `begin`. */
  readonly found: JournalContents;
  readonly #folder: HeldFolder;
  readonly #key: JournalKey;
  /** Its size when it was opened. */
  readonly #sizeBytes: number;
  #name: string;
  #journal: ResumeJournal | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #unsyncedBytes = 0;
  #remainingBytes = 0;
  #sync: Promise<void> | undefined;
  #syncError: Error | undefined;
  #finishing: Promise<FileStamp> | undefined;
  #isClosing = false;

  private constructor(
    manifest: Manifest,
    finalPath: string,
    opened: OpenedPart,
    folder: HeldFolder,
    key: JournalKey,
    stats: BigIntStats,
  ) {
    this.manifest = manifest;
    this.finalPath = finalPath;
    this.fd = opened.fd;
    this.id = stats;
    this.#sizeBytes = Number(stats.size);
    this.found = this.#sizeBytes === manifest.sizeBytes ? opened.found : nothingFound(manifest.pieceCount);
    this.#folder = folder;
    this.#key = key;
    this.#name = opened.name;
    claimPart(this.place, this);
    claimFinal(finalPath);
  }

  /**
   * Opens the partial file of an earlier run, or a new one of the full size (sparse if possible).
   * @throws ShoalError `DESTINATION_EXISTS` if partial files of other content are in the way, or errors of the disk
   */
  static async open(manifest: Manifest, finalPath: string, options: PartOptions = {}): Promise<PartFile> {
    const part = await inTurn(dirname(finalPath), () => PartFile.#open(manifest, finalPath, options));
    try {
      if (part.#sizeBytes !== manifest.sizeBytes) await layOut(part.fd, part.id.dev, manifest.sizeBytes);
      return part;
    } catch (error) {
      plainly(error); // replaces the folder's path while it is still held
      await part.close();
      throw error;
    }
  }

  static async #open(manifest: Manifest, finalPath: string, { root, isWhole }: PartOptions): Promise<PartFile> {
    const folder = await holdFolderOf(finalPath, root);
    let fd: number | undefined;
    try {
      const isReal = (path: string) => isRealFile(path, isWhole);
      await makeWay(folder, basename(finalPath), isReal);
      const key = { manifestId: manifest.id, pieceCount: manifest.pieceCount, bootId: readBootId() };
      const opened = await openPart(folder, finalPath, manifest, key, isReal);
      fd = opened.fd;
      return new PartFile(manifest, finalPath, opened, folder, key, await statFile(fd, { bigint: true }));
    } catch (error) {
      plainly(error);
      if (fd !== undefined) await closeFile(fd);
      await folder.close();
      throw error;
    }
  }

  /** The path of the partial file, for system calls. */
  get path(): string {
    return this.#folder.at(this.#name);
  }

  /** The path of the partial file, for people. */
  get place(): string {
    return join(this.#folder.path, this.#name);
  }

  /** Starts the journal with the correct pieces. The file does not move aside meanwhile: its journal would stay behind. */
  async begin(good: Bitfield): Promise<void> {
    await this.#closeJournal();
    const begin = () => ResumeJournal.begin(this.#folder, journalNameOf(this.#name), this.#key, good);
    this.#journal = await this.#whileOpen(inTurn(this.#folder.path, begin));
    this.#remainingBytes = (this.manifest.pieceCount - good.count) * this.manifest.pieceBytes;
  }

  /** Moves away from the name of a real file. */
  async moveAside(name: string): Promise<void> {
    if (this.#finishing) return; // it gets its final name
    await movePart(this.#folder, this.#name, name);
    leavePart(this.place, this);
    this.#name = name;
    claimPart(this.place, this);
  }

  /** Writes a piece. It counts only once it is recorded. */
  async writePiece(piece: number, bytes: Buffer): Promise<void> {
    await this.#whileOpen(writeFully(this.fd, bytes, piece * this.manifest.pieceBytes));
  }

  /**
   * Reads written bytes on a disk that may stop answering. @throws ShoalError `DISK_UNAVAILABLE`, `CLOSED`,
   * `FILE_CHANGED`, or errors of the disk
   */
  readAway(mount: string, length: number, position: number): Promise<Uint8Array> {
    return callAway(mount, async () => {
      if (this.#isClosing) throw new ShoalError('CLOSED', 'The download has ended.');
      const bytes = Buffer.allocUnsafe(length);
      if ((await this.#whileOpen(readInBackground(this.fd, bytes, position))) < length) throw shorterError();
      return bytes;
    });
  }

  /** Records a written and verified piece. */
  recordPiece(piece: number): void {
    if (this.#syncError) throw this.#syncError;
    this.#journal?.addPiece(piece);
    const length = pieceLength(this.manifest, piece);
    this.#unsyncedBytes += length;
    this.#remainingBytes -= length;
    const due = Math.min(Math.max(this.#remainingBytes / 2, MIN_SYNC_BYTES), MAX_SYNC_BYTES);
    if (this.#unsyncedBytes >= due && !this.#sync) this.#sync = this.#syncInBackground();
  }

  /**
   * Flushes the complete file and gives it its final name.
   * @throws ShoalError `DESTINATION_EXISTS` if a file appeared there meanwhile and must not be replaced
   */
  finish(replaceable: Replaceable, attributes: FileAttributes = {}): Promise<FileStamp> {
    this.#finishing = this.#finish(replaceable, attributes);
    return this.#finishing;
  }

  async #finish(replaceable: Replaceable, attributes: FileAttributes): Promise<FileStamp> {
    await this.#sync;
    await this.#journal?.settled();
    if (this.#syncError) throw this.#syncError;
    await setAttributes(this.fd, attributes);
    try {
      await syncAll(this.fd);
    } catch (error) {
      await this.#forgetUnsynced();
      throw error;
    }
    await this.#folder.requireThere();
    const final = this.#folder.at(basename(this.finalPath));
    await moveReplacing(this.path, final, replaceable);
    const stamp = await this.#requireNamed(final);
    await this.#folder.sync();
    await this.#folder.requireThere();
    await this.#closeJournal();
    await rm(this.#folder.at(journalNameOf(this.#name)), { force: true });
    return stamp;
  }

  /** Closes the file, and keeps it for the next run. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#finishing?.catch(() => {}); // its file must stay open; its caller gets the outcome
    await this.#sync;
    await Promise.allSettled(this.#underWay);
    leavePart(this.place, this);
    leaveFinal(this.finalPath);
    try {
      await this.#closeJournal();
    } finally {
      await closeFile(this.fd);
      await this.#folder.close();
    }
  }

  /**
   * Checks that the final name belongs to the written file: in a folder of many users, another user's file may have
   * come between.
   */
  async #requireNamed(final: string): Promise<FileStamp> {
    const [named, ours] = await Promise.all([lstat(final, { bigint: true }), statFile(this.fd, { bigint: true })]);
    const stamp = stampOf(ours);
    // Some file systems change the number of a renamed file.
    const isOurs =
      isSameFile(named, ours) || (sameStamp(stampOf(named), stamp) && (await isOwnFile(named, this.#folder)));
    if (isOurs) return stamp;
    throw new ShoalError(
      'FILE_CHANGED',
      `Another user replaced ${this.place}, and that file is now at ${this.finalPath}: remove it, and download to a folder of your own.`,
    );
  }

  /** Keeps the file open during the work. */
  async #whileOpen<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #closeJournal(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
  }

  async #syncInBackground(): Promise<void> {
    const covered = this.#journal?.recordedPieces ?? 0;
    this.#unsyncedBytes = 0;
    try {
      await syncData(this.fd);
      this.#journal?.addSyncMark(covered);
    } catch (error) {
      this.#syncError = error instanceof Error ? error : new Error(String(error));
      await this.#forgetUnsynced();
    }
    this.#sync = undefined;
  }

  /**
   * Marks pieces since the last sync as missing: a failed sync is reported only once, and a later one would succeed
   * without them.
   */
  async #forgetUnsynced(): Promise<void> {
    try {
      await this.#journal?.settled().catch(() => {}); // a partly written record is ignored
      const { pieceCount } = this.manifest;
      const journal = await readJournal(this.#folder, this.#name, pieceCount);
      const found = decodeJournal(journal, { ...this.#key, bootId: UNKNOWN_BOOT_ID });
      await this.begin(found?.vouched ?? new Bitfield(pieceCount));
    } catch {
      // The journal is not available either; the original error is reported.
    }
  }
}
