import { close, constants, fdatasync, fstat, ftruncate } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import {
  errnoOf,
  NO_FOLLOW,
  openRegular,
  replaceFileDurably,
  writeFileDurably,
  writeFully,
} from '../../../disk/index.js';
import { tooManyShares } from '../records/library-errors.js';
import { type LibraryPaths, MAX_LIBRARY_BYTES, previousOf } from '../records/library-paths.js';
import { encodeMarker } from './library-v1.js';

const [closeFile, statFile, truncateFile] = [promisify(close), promisify(fstat), promisify(ftruncate)];

/** Low-level writes of lines. */
export interface LineDisk {
  /** Writes all bytes. @throws the disk's errors */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  sync(fd: number): Promise<void>;
}

const DISK: LineDisk = { write: writeFully, sync: promisify(fdatasync) };

/**
 * Writes the library's files. `library.journal.previous` is the file from which the present journal was made: the
 * present one contains the same records, and later changes.
 */
export class LibraryFile {
  readonly #paths: LibraryPaths;
  readonly #disk: LineDisk;
  /** Offset of the next line; undefined if no line can be appended. */
  #size: number | undefined;

  constructor(paths: LibraryPaths, size: number | undefined, disk = DISK) {
    this.#paths = paths;
    this.#size = size;
    this.#disk = disk;
  }

  /** Size of the journal in bytes; undefined if it must be rewritten. */
  get size(): number | undefined {
    return this.#size;
  }

  /**
   * Appends a line. Resolves when it is on the disk, with false if the file was changed by others and must be
   * rewritten.
   * @throws the disk's errors; the file is then unchanged, or must be rewritten
   */
  async append(line: Uint8Array): Promise<boolean> {
    const at = this.#size;
    if (at === undefined) return false;
    this.#size = undefined;
    const fd = await this.#open();
    if (fd === undefined) return false;
    try {
      if ((await statFile(fd)).size !== at) return false;
      try {
        await this.#disk.write(fd, line, at);
      } catch (error) {
        await truncateFile(fd, at);
        this.#size = at;
        throw error;
      }
      await this.#disk.sync(fd); // never repeated: after a failed sync, a second one can succeed without a write
      this.#size = at + line.length;
      return true;
    } finally {
      await closeFile(fd);
    }
  }

  /** Truncates the incomplete line that a crash left. @throws the disk's errors */
  async cutOff(size: number): Promise<void> {
    this.#size = undefined;
    const fd = await this.#open();
    if (fd === undefined) return;
    try {
      await truncateFile(fd, size);
      this.#size = size;
    } finally {
      await closeFile(fd);
    }
  }

  /**
   * Replaces the journal atomically by one with the same records.
   * @throws ShoalError `TOO_MANY_SHARES` if the new one is too large to be read again, or the disk's errors
   */
  async compact(bytes: Uint8Array): Promise<void> {
    requireReadable(bytes);
    const { journal } = this.#paths;
    await replaceFileDurably(journal, bytes, async () => {
      await keepPrevious(journal);
      this.#size = undefined; // until it is certain which file has the name
    });
    this.#size = bytes.length;
  }

  /**
   * Creates the library's files. The journal comes before the marker: until the marker exists, a library of version 0.1
   * is valid.
   * @throws ShoalError `TOO_MANY_SHARES`, or the disk's errors
   */
  async begin(bytes: Uint8Array): Promise<void> {
    requireReadable(bytes);
    const { journal, marker } = this.#paths;
    this.#size = undefined;
    await writeFileDurably(journal, bytes);
    await writeFileDurably(previousOf(journal), bytes);
    const keep = () => keepPrevious(marker);
    await replaceFileDurably(marker, encodeMarker(basename(journal)), keep);
    this.#size = bytes.length;
  }

  /** Gives a damaged journal a second name, under which it remains. @throws the disk's errors */
  async putAside(): Promise<void> {
    const { journal } = this.#paths;
    await linkAs(journal, asideOf(journal));
  }

  /** @returns undefined if the journal no longer exists */
  async #open(): Promise<number | undefined> {
    return openRegular(this.#paths.journal, constants.O_RDWR | NO_FOLLOW).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
  }
}

export function asideOf(path: string): string {
  return `${path}.damaged`;
}

function requireReadable(bytes: Uint8Array): void {
  if (bytes.length > MAX_LIBRARY_BYTES) throw tooManyShares();
}

/** Gives the present file, if there is one, a second name. The sync for the new file covers the folder. */
async function keepPrevious(path: string): Promise<void> {
  await linkAs(path, previousOf(path)).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error; // there is no earlier file
  });
}

async function linkAs(path: string, name: string): Promise<void> {
  const beside = `${name}.new`;
  await rm(beside, { force: true });
  await link(path, beside).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') throw error;
    return copyFile(path, beside, constants.COPYFILE_EXCL); // the file system has no hard links
  });
  await rename(beside, name);
}
