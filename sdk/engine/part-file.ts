import { closeSync, constants, fdatasync, fsync, fstatSync, ftruncateSync, lstatSync, openSync, rmSync } from 'node:fs';
import { link, lstat, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import {
  errnoOf,
  NO_FOLLOW,
  readBootId,
  readStartSync,
  syncFolder,
  UNKNOWN_BOOT_ID,
  writeFullySync,
} from '../disk/index.js';
import { type Manifest, pieceLength, ShoalError } from '../protocol/index.js';
import { Bitfield } from '../transfer/index.js';
import { stampOf } from './file-stamp.js';
import { decodeJournal, Journal, type JournalContents, type JournalKey, mostJournalBytes } from './journal.js';
import type { FileStamp } from './messages.js';

export function partPathOf(finalPath: string): string {
  return `${finalPath}.part`;
}

export function journalPathOf(finalPath: string): string {
  return `${finalPath}.part.journal`;
}

/** Bytes written between two requests to the disk to keep them: half of what is left towards the end, so that the last one is short. */
const MAX_SYNC_BYTES = 128 * 1024 * 1024;
const MIN_SYNC_BYTES = 16 * 1024 * 1024;

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/**
 * A file on its way: the partial file, and the journal of what in it is verified. What comes is written by the thread that
 * checks it (`part-writer.ts`), or here, with synchronous calls, where that one cannot take it.
 */
export class PartFile {
  readonly manifest: Manifest;
  readonly finalPath: string;
  readonly fd: number;
  /** What an earlier try left, for whoever checks it before `begin`. */
  readonly found: JournalContents;
  readonly #key: JournalKey;
  #journal: Journal | undefined;
  #unsyncedBytes = 0;
  #remainingBytes = 0;
  #sync: Promise<void> | undefined;
  #syncError: Error | undefined;
  #finishing: Promise<FileStamp> | undefined;

  private constructor(manifest: Manifest, finalPath: string, fd: number, key: JournalKey, found: JournalContents) {
    this.manifest = manifest;
    this.finalPath = finalPath;
    this.fd = fd;
    this.#key = key;
    this.found = found;
  }

  /**
   * Opens the partial file of an earlier try, or a new one of the full size (sparse where the disk can).
   * @throws ShoalError `DESTINATION_EXISTS` when a partial file of something else is in the way, or the disk's errors
   */
  static open(manifest: Manifest, finalPath: string): PartFile {
    const key = { manifestId: manifest.id, pieceCount: manifest.pieceCount, bootId: readBootId() };
    const journal = readIfThere(journalPathOf(finalPath), mostJournalBytes(manifest.pieceCount));
    const found = journal && decodeJournal(journal, key);
    const fd = journal ? openExisting(finalPath) : undefined;
    if (fd !== undefined && !found) {
      closeSync(fd);
      throw inTheWay(finalPath);
    }
    const opened = fd ?? openNew(finalPath, key, journal !== undefined);
    try {
      const wasWhole = fd !== undefined && fstatSync(opened).size === manifest.sizeBytes;
      ftruncateSync(opened, manifest.sizeBytes);
      return new PartFile(manifest, finalPath, opened, key, wasWhole && found ? found : nothingFound(manifest));
    } catch (error) {
      closeSync(opened);
      throw error;
    }
  }

  /** Starts the journal with the pieces that hold. */
  begin(good: Bitfield): void {
    this.#journal?.close();
    this.#journal = undefined;
    this.#journal = new Journal(journalPathOf(this.finalPath), this.#key, good);
    this.#remainingBytes = (this.manifest.pieceCount - good.count) * this.manifest.pieceBytes;
  }

  /** Writes a piece. Until it is recorded, nothing vouches for it. */
  writePiece(piece: number, bytes: Buffer): void {
    writeFullySync(this.fd, bytes, piece * this.manifest.pieceBytes);
  }

  /** The piece was written, and is what it should be. */
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
   * Makes the whole file durable under its final name.
   * @throws ShoalError `DESTINATION_EXISTS` when a file came to stand there meanwhile and may not be replaced
   */
  finish(overwrite: boolean): Promise<FileStamp> {
    this.#finishing = this.#finish(overwrite);
    return this.#finishing;
  }

  async #finish(overwrite: boolean): Promise<FileStamp> {
    await this.#sync;
    if (this.#syncError) throw this.#syncError;
    try {
      await syncAll(this.fd);
    } catch (error) {
      this.#forgetUnsynced();
      throw error;
    }
    const part = partPathOf(this.finalPath);
    if (overwrite) await rename(part, this.finalPath);
    else await moveWithoutReplacing(part, this.finalPath);
    await syncFolder(dirname(this.finalPath));
    this.#journal?.close();
    this.#journal = undefined;
    await rm(journalPathOf(this.finalPath), { force: true });
    return stampOf(fstatSync(this.fd, { bigint: true }));
  }

  /** Closes; what is there is kept for the next try. */
  async close(): Promise<void> {
    await this.#finishing?.catch(() => {}); // its file must not be closed under it; who began it hears how it ended
    await this.#sync;
    try {
      this.#journal?.close();
      this.#journal = undefined;
    } finally {
      closeSync(this.fd);
    }
  }

  async #syncInBackground(): Promise<void> {
    const covered = this.#journal?.recordedPieces ?? 0;
    this.#unsyncedBytes = 0;
    try {
      await syncData(this.fd);
      this.#journal?.addSyncMark(covered);
    } catch (error) {
      this.#syncError = error instanceof Error ? error : new Error(String(error));
      this.#forgetUnsynced();
    }
    this.#sync = undefined;
  }

  /**
   * The disk did not keep what it was given, and says so only once: what no earlier sync covers is to be fetched again,
   * for a later sync would call it kept.
   */
  #forgetUnsynced(): void {
    try {
      const journal = readStartSync(journalPathOf(this.finalPath), mostJournalBytes(this.manifest.pieceCount));
      const found = decodeJournal(journal, { ...this.#key, bootId: UNKNOWN_BOOT_ID });
      this.begin(found?.vouched ?? new Bitfield(this.manifest.pieceCount));
    } catch {
      // Then the journal cannot be had either: the error that is on its way tells of the disk.
    }
  }
}

function nothingFound(manifest: Manifest): JournalContents {
  return { vouched: new Bitfield(manifest.pieceCount), doubtful: new Bitfield(manifest.pieceCount) };
}

function readIfThere(path: string, mostBytes: number): Buffer | undefined {
  try {
    return readStartSync(path, mostBytes);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function openExisting(finalPath: string): number | undefined {
  try {
    return openSync(partPathOf(finalPath), constants.O_RDWR | NO_FOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The journal comes first: a partial file without one would be taken for somebody else's after a crash in between. */
function openNew(finalPath: string, key: JournalKey, hasJournal: boolean): number {
  const part = partPathOf(finalPath);
  if (lstatSync(part, { throwIfNoEntry: false })) throw inTheWay(finalPath);
  if (!hasJournal) new Journal(journalPathOf(finalPath), key, []).close();
  try {
    return openSync(part, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o666);
  } catch (error) {
    if (!hasJournal) rmSync(journalPathOf(finalPath), { force: true });
    if (errnoOf(error) === 'EEXIST') throw inTheWay(finalPath);
    throw error;
  }
}

function inTheWay(finalPath: string): ShoalError {
  return new ShoalError(
    'DESTINATION_EXISTS',
    `${partPathOf(finalPath)} holds something else: move it away, or download to another place.`,
  );
}

/** Gives the file its name only if nothing has it, in one step where the disk has hard links. */
export async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || (await exists(to))) throw destinationExists(to);
    await rename(from, to); // FAT, some network disks: no hard links
    return;
  }
  await unlink(from);
}

export function destinationExists(path: string): ShoalError {
  return new ShoalError(
    'DESTINATION_EXISTS',
    `${path} is there already: choose another place, or allow it to be replaced.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
