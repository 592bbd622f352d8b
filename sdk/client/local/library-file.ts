import { close, constants, fdatasync, fstat, ftruncate } from 'node:fs';
import { copyFile, link, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, NO_FOLLOW, openRegular, replaceFileDurably, writeFileDurably, writeFully } from '../../disk/index.js';
import { tooManyShares } from './library-errors.js';
import { type LibraryPaths, MAX_LIBRARY_BYTES, previousOf } from './library-paths.js';
import { encodeMarker } from './library-v1.js';

const [closeFile, statFile, truncateFile] = [promisify(close), promisify(fstat), promisify(ftruncate)];

/** How a line gets to the disk. */
export interface LineDisk {
  /** Writes all of the bytes. @throws the disk's errors */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  sync(fd: number): Promise<void>;
}

const DISK: LineDisk = { write: writeFully, sync: promisify(fdatasync) };

/**
 * The library's files as they are written. `library.journal.previous` is the file that the present one was made from: both hold the same
 * records, but for the changes that the present one has been given since.
 */
export class LibraryFile {
  readonly #paths: LibraryPaths;
  readonly #disk: LineDisk;
  /** Where the next line goes; undefined when there is no file that a line can be added to. */
  #size: number | undefined;

  constructor(paths: LibraryPaths, size: number | undefined, disk = DISK) {
    this.#paths = paths;
    this.#size = size;
    this.#disk = disk;
  }

  /** Bytes of the journal; undefined when it has to be written anew. */
  get size(): number | undefined {
    return this.#size;
  }

  /**
   * Adds a line, which is on the disk when this is fulfilled. False when the file is not as it was left: it has to be written anew.
   * @throws the disk's errors; the file is then as it was before, or has to be written anew
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
      await this.#disk.sync(fd); // a second one would succeed, though the first failed and nothing was written
      this.#size = at + line.length;
      return true;
    } finally {
      await closeFile(fd);
    }
  }

  /** Cuts off what a crash left of a line. @throws the disk's errors */
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
   * Puts a journal with the same records in the place of the present one, in one step.
   * @throws ShoalError `TOO_MANY_SHARES` for one that would not be read again, or the disk's errors
   */
  async compact(bytes: Uint8Array): Promise<void> {
    requireReadable(bytes);
    const { journal } = this.#paths;
    await replaceFileDurably(journal, bytes, async () => {
      await keepPrevious(journal);
      this.#size = undefined; // unless it is known which of the two has the name
    });
    this.#size = bytes.length;
  }

  /**
   * Begins the library's files anew. The journal comes before the marker: until then a library of version 0.1 is what counts.
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

  /** Gives a damaged journal a second name, under which it is kept. @throws the disk's errors */
  async putAside(): Promise<void> {
    const { journal } = this.#paths;
    await linkAs(journal, asideOf(journal));
  }

  /** Undefined where there is none any more. */
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

/** Gives the present file a second name, if there is one: the folder is synced together with the new file's own name. */
async function keepPrevious(path: string): Promise<void> {
  await linkAs(path, previousOf(path)).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error; // the first one
  });
}

async function linkAs(path: string, name: string): Promise<void> {
  const beside = `${name}.new`;
  await rm(beside, { force: true });
  await link(path, beside).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') throw error;
    return copyFile(path, beside, constants.COPYFILE_EXCL); // a disk that knows no links
  });
  await rename(beside, name);
}
