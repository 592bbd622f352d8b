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

/** Where Linux has an open folder. */
function baseOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** What a file or a folder is told from others by, whatever its name. */
export interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function isSameFile(a: FileId, b: FileId): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** What is behind the names of held folders that the system gives: for messages. */
const held = new Map<string, string>();

/** A message in which held folders have the names that their users know. */
export function withPlainPaths(message: string): string {
  return message.replace(/\/proc\/self\/fd\/\d+/g, (base) => held.get(base) ?? base);
}

/** An error in whose message they have them, too. */
export function plainly(thrown: unknown): unknown {
  if (thrown instanceof Error) thrown.message = withPlainPaths(thrown.message);
  return thrown;
}

/**
 * A folder that is held open, so that what is done in it is done there, whatever comes to stand under its name: somebody else may put a link
 * in its place at any moment. Linux lets names be looked up in an open folder; elsewhere who uses it asks whether it {@link isThere}, before
 * and after.
 */
export class HeldFolder {
  readonly path: string;
  readonly id: FileId;
  readonly #fd: number | undefined;
  /** What names in it are put behind. */
  readonly #base: string;

  /** @param through what the system's name for the open folder leads to */
  private constructor(path: string, { dev, ino }: FileId, fd: number | undefined, through: FileId | undefined) {
    this.path = path;
    this.id = { dev, ino };
    this.#fd = fd;
    const leads = fd !== undefined && through !== undefined && isSameFile(through, this.id);
    this.#base = leads ? baseOf(fd) : path;
    if (leads) held.set(this.#base, path);
  }

  /** Holds the folder that the path leads to. @throws the system's errors */
  static async open(path: string): Promise<HeldFolder> {
    return HeldFolder.#open(path, path, 0);
  }

  static openSync(path: string): HeldFolder {
    return HeldFolder.#openSync(path, path, 0);
  }

  /** Holds a folder in this one, which is no link. @throws the system's errors */
  async enter(name: string): Promise<HeldFolder> {
    return HeldFolder.#open(this.at(name), join(this.path, name), NO_FOLLOW);
  }

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

  /** The path of something in it, for the system: valid until it is closed. */
  at(name: string): string {
    return join(this.#base, name);
  }

  /** @throws ShoalError `PATH_NOT_FOUND` when its path leads elsewhere by now; the system's errors when it leads nowhere */
  async requireThere(): Promise<void> {
    if (isSameFile(await stat(this.path, { bigint: true }), this.id)) return;
    throw new ShoalError(
      'PATH_NOT_FOUND',
      `${this.path} was moved meanwhile, and something else stands there: put it back, or choose another place.`,
    );
  }

  /** How a file that is made in it just now looks: its owner, and what others may do with it, are as this file system has them. */
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

  /** Makes the names in it durable. */
  async sync(): Promise<void> {
    if (this.#fd !== undefined) await syncFolder(this.#fd);
  }

  async close(): Promise<void> {
    held.delete(this.#base);
    if (this.#fd !== undefined) await closeFolder(this.#fd);
  }

  closeSync(): void {
    held.delete(this.#base);
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** What others of the computer may do with a file: write to it. */
const OTHERS_WRITE = 0o022n;

/**
 * Whether a file that was found in a folder is one that this user's programs made and nobody else can write to: regular, under this name
 * alone, with the owner and the rights that a new file gets there.
 */
export async function isOwnFile(stats: BigIntStats, folder: HeldFolder): Promise<boolean> {
  if (!stats.isFile() || stats.nlink > 1n) return false;
  if (process.geteuid === undefined) return true; // Windows: the folder's rights say who can do what
  const mayOthers = stats.mode & OTHERS_WRITE;
  if (stats.uid === BigInt(process.geteuid()) && mayOthers === 0n) return true;
  const made = await folder.statNewFile(); // some file systems have owners and rights of their own
  return stats.uid === made.uid && (mayOthers & ~made.mode) === 0n;
}
