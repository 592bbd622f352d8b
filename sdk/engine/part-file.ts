import { closeSync, constants, fdatasync, fsync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { link, lstat, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, readBootId, readStartSync, syncFolder } from '../disk/index.js';
import { type Manifest, ShoalError } from '../protocol/index.js';
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

/** Bytes written between two requests to the disk to keep them. */
const SYNC_EVERY_BYTES = 128 * 1024 * 1024;

const syncData = promisify(fdatasync);
const syncAll = promisify(fsync);

/**
 * A file on its way: the partial file, and the journal of what in it is verified. Pieces are written with synchronous
 * calls: they go to the page cache, and that costs less than a trip through the thread pool.
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
  #sync: Promise<void> | undefined;

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
    const opened = fd ?? openNew(finalPath);
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
    this.#journal = new Journal(journalPathOf(this.finalPath), this.#key, good);
  }

  /** Writes a verified piece and records it. */
  writePiece(piece: number, bytes: Buffer): void {
    let written = 0;
    const position = piece * this.manifest.pieceBytes;
    while (written < bytes.length) {
      written += writeSync(this.fd, bytes, written, bytes.length - written, position + written);
    }
    this.#journal?.addPiece(piece);
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes >= SYNC_EVERY_BYTES && !this.#sync) this.#sync = this.#syncInBackground();
  }

  /**
   * Makes the whole file durable under its final name.
   * @throws ShoalError `DESTINATION_EXISTS` when a file came to stand there meanwhile and may not be replaced
   */
  async finish(overwrite: boolean): Promise<FileStamp> {
    await this.#sync;
    await syncAll(this.fd);
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
    await this.#sync;
    this.#journal?.close();
    this.#journal = undefined;
    closeSync(this.fd);
  }

  async #syncInBackground(): Promise<void> {
    const covered = this.#journal?.recordedPieces ?? 0;
    this.#unsyncedBytes = 0;
    try {
      await syncData(this.fd);
      this.#journal?.addSyncMark(covered);
    } catch {
      // Nothing is vouched for, then; a disk that fails for good says so at the next write or at the end.
    }
    this.#sync = undefined;
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

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0; // Windows has none

function openExisting(finalPath: string): number | undefined {
  try {
    return openSync(partPathOf(finalPath), constants.O_RDWR | NO_FOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function openNew(finalPath: string): number {
  try {
    return openSync(partPathOf(finalPath), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o666);
  } catch (error) {
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
async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || (await exists(to))) throw destinationExists(to);
    await rename(from, to); // FAT, some network disks: no hard links
  }
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
