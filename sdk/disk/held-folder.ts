import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fstat,
  fstatSync,
  fsync,
  lstatSync,
  open,
  openSync,
  statSync,
} from 'node:fs';
import { lstat, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ShoalError } from '../protocol/index.js';
import { NO_FOLLOW } from './no-follow.js';
import { openRegular } from './regular-file.js';

const [openFolder, closeFolder, statFolder, syncFolder] = [
  promisify(open),
  promisify(close),
  promisify<number, { bigint: true }, BigIntStats>(fstat),
  promisify(fsync),
];

const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0);
const BIG = { bigint: true } as const;

/** The path of an open folder on Linux. */
function baseOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Identifies a file or folder, whatever its name. */
export interface FileId {
  /** The number of the device. */
  readonly dev: bigint;
  /** The number of the inode. */
  readonly ino: bigint;
}

/** Whether two ids are those of the same file or folder. */
export function isSameFile(a: FileId, b: FileId): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** The paths of held folders by the paths that the system reports, for messages. */
const held = new Map<string, string>();

/** Replaces the system's paths of held folders in a message by their real paths. */
export function withPlainPaths(message: string): string {
  return message.replace(/\/proc\/self\/fd\/\d+/g, (base) => held.get(base) ?? base);
}

/** Applies `withPlainPaths` to the message of an error. */
export function plainly(thrown: unknown): unknown {
  if (thrown instanceof Error) thrown.message = withPlainPaths(thrown.message);
  return thrown;
}

/**
 * A folder that is held open. Operations happen in this folder even if another process replaces its path, for example
 * by a link. On Linux, names are resolved relative to the open folder. On other systems, the caller checks with {@link
 * requireThere} before and after.
 */
export class HeldFolder {
  /** The path under which the folder was opened. */
  readonly path: string;
  /** The id of the folder. */
  readonly id: FileId;
  readonly #fd: number | undefined;
  /** The prefix of paths in the folder. */
  readonly #base: string;

  /** @param through the folder that the system's path of the open descriptor leads to */
  private constructor(path: string, { dev, ino }: FileId, fd: number | undefined, through: FileId | undefined) {
    this.path = path;
    this.id = { dev, ino };
    this.#fd = fd;
    const leads = fd !== undefined && through !== undefined && isSameFile(through, this.id);
    this.#base = leads ? baseOf(fd) : path;
    if (leads) held.set(this.#base, path);
  }

  /** Opens the folder at a path. @throws errors of the file system as they are */
  static async open(path: string): Promise<HeldFolder> {
    return HeldFolder.#open(path, path, 0);
  }

  /** Like `open`, synchronously. */
  static openSync(path: string): HeldFolder {
    return HeldFolder.#openSync(path, path, 0);
  }

  /** Opens a folder in this one; it must not be a link. @throws errors of the file system as they are */
  async enter(name: string): Promise<HeldFolder> {
    return HeldFolder.#open(this.at(name), join(this.path, name), NO_FOLLOW);
  }

  /** Like `enter`, synchronously. */
  enterSync(name: string): HeldFolder {
    return HeldFolder.#openSync(this.at(name), join(this.path, name), NO_FOLLOW);
  }

  static async #open(from: string, path: string, flags: number): Promise<HeldFolder> {
    if (process.platform === 'win32') return new HeldFolder(path, await lstat(path, BIG), undefined, undefined);
    const fd = await openFolder(from, FOLDER | flags);
    try {
      const id = await statFolder(fd, BIG);
      return new HeldFolder(path, id, fd, await stat(baseOf(fd), BIG).catch(() => undefined));
    } catch (error) {
      await closeFolder(fd);
      throw error;
    }
  }

  static #openSync(from: string, path: string, flags: number): HeldFolder {
    if (process.platform === 'win32') return new HeldFolder(path, lstatSync(path, BIG), undefined, undefined);
    const fd = openSync(from, FOLDER | flags);
    try {
      return new HeldFolder(path, fstatSync(fd, BIG), fd, statSync(baseOf(fd), { ...BIG, throwIfNoEntry: false }));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** The path of an entry, for system calls. It is valid until the folder is closed. */
  at(name: string): string {
    return join(this.#base, name);
  }

  /**
   * Checks that the path still leads to this folder.
   * @throws ShoalError `PATH_NOT_FOUND` if it leads elsewhere; errors of the file system if it leads nowhere
   */
  async requireThere(): Promise<void> {
    if (isSameFile(await stat(this.path, { bigint: true }), this.id)) return;
    throw new ShoalError(
      'PATH_NOT_FOUND',
      `${this.path} was moved and replaced: put it back, or choose another place.`,
    );
  }

  /**
   * Creates a temporary file and returns its stats: the owner and the permissions that this file system gives to new
   * files.
   */
  async statNewFile(): Promise<BigIntStats> {
    const path = this.at(`.${randomBytes(6).toString('hex')}.new`);
    const fd = await openRegular(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW);
    try {
      return await statFolder(fd, { bigint: true });
    } finally {
      await closeFolder(fd);
      await rm(path, { force: true });
    }
  }

  /** Flushes the names in the folder to the disk. */
  async sync(): Promise<void> {
    if (this.#fd !== undefined) await syncFolder(this.#fd);
  }

  /** Closes the descriptor. */
  async close(): Promise<void> {
    held.delete(this.#base);
    if (this.#fd !== undefined) await closeFolder(this.#fd);
  }

  /** Like `close`, synchronously. */
  closeSync(): void {
    held.delete(this.#base);
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** The permission bits that let others write. */
const OTHERS_WRITE = 0o022n;

/**
 * Whether a file belongs to this user and nobody else can write to it: it is regular, has one name, and has the owner
 * and permissions that a new file gets in this folder.
 */
export async function isOwnFile(stats: BigIntStats, folder: HeldFolder): Promise<boolean> {
  if (!stats.isFile() || stats.nlink > 1n) return false;
  if (process.geteuid === undefined) return true; // Windows: the permissions of the folder apply
  const mayOthers = stats.mode & OTHERS_WRITE;
  if (stats.uid === BigInt(process.geteuid()) && mayOthers === 0n) return true;
  const made = await folder.statNewFile(); // some file systems assign owners and permissions themselves
  return stats.uid === made.uid && (mayOthers & ~made.mode) === 0n;
}
