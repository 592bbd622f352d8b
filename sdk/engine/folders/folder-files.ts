import { createHash } from 'node:crypto';
import { close, closeSync, constants, fstatSync, fsync, lstatSync, rmSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type FileStamp,
  type HeldFolder,
  NO_FOLLOW,
  openRegularSync,
  plainly,
  readFully,
  sameStamp,
  stampOf,
  syncFolder,
  writeFullySync,
} from '../../disk/index.js';
import { isPiece, type Manifest, pieceDigest, ShoalError } from '../../protocol/index.js';
import { destinationExists, moveWithoutReplacing } from '../storage/move-file.js';
import { isUnfinished } from '../storage/part-place.js';
import type { SmallFile } from './folder-disk.js';
import type { FolderTree } from './folder-tree.js';

const syncAll = promisify(fsync);
const closeLater = promisify(close);

/** Beyond, a name may not have room for what makes it a partial file's. */
const MAX_NAME_BYTES = 220;

/** A file that came, and is not under its name yet. */
interface WrittenFile {
  readonly path: string;
  readonly fd: number;
  /** Held until it has its name. */
  readonly folder: HeldFolder;
  readonly partName: string;
}

/**
 * A folder's small files, where they are written. Each is written beside its place, under a name that is this folder's alone; many at
 * once get their names when all of them have reached the disk, so that the disk is waited for once.
 */
export class FolderFiles {
  readonly #tree: FolderTree;
  readonly #tag: string;
  readonly #overwrite: boolean;
  /** Files that have not got their names, under the numbers that they were written with. */
  readonly #written = new Map<number, WrittenFile>();
  #nextPart = 0;

  /** @param overwrite whether files that are others are replaced */
  constructor(tree: FolderTree, tag: string, overwrite = false) {
    this.#tree = tree;
    this.#tag = tag;
    this.#overwrite = overwrite;
  }

  /** As `FolderDisk.look`. */
  look(
    { path, manifest }: Pick<SmallFile, 'path' | 'manifest'>,
    vouched: FileStamp | undefined,
  ): FileStamp | undefined {
    return this.#inFolder(dirname(path), (folder) => this.#look(path, manifest, vouched, folder));
  }

  /** As `FolderDisk.place`. */
  async place(path: string, sizeBytes: number): Promise<boolean> {
    const there = this.#inFolder(dirname(path), (folder) =>
      lstatSync(folder.at(basename(path)), { throwIfNoEntry: false }),
    );
    return there?.isFile() === true && there.size === sizeBytes && !(await isUnfinished(path));
  }

  /** Makes a folder of the tree. @throws as `FolderTree.hold` */
  makeFolder(path: string): void {
    this.#inFolder(path, () => {});
  }

  /** Writes the content, which was checked. @throws the disk's errors */
  write(number: number, path: string, bytes: Uint8Array): void {
    const partName = this.#partName(basename(path));
    const folder = this.#tree.hold(dirname(path));
    let fd: number | undefined;
    try {
      fd = openRegularSync(folder.at(partName), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW);
      writeFullySync(fd, bytes, 0);
      this.#written.set(number, { path, fd, folder, partName });
    } catch (error) {
      plainly(error);
      if (fd !== undefined) this.#discard({ path, fd, folder, partName });
      else this.#tree.release(folder);
      throw error;
    }
  }

  /** As `FolderDisk.keep`, by the numbers that files were written with, and by the paths of those that stood there. */
  async keep(
    numbers: readonly number[],
    alreadyThere: readonly string[],
    onProgress = () => {},
  ): Promise<(FileStamp | Error)[]> {
    const written = numbers.map((number) => this.#take(number));
    const kept = await Promise.all(written.map((one) => this.#keepOne(one).finally(onProgress)));
    for (const path of alreadyThere) this.#tree.changed(path); // whoever made it may not have synced it
    await Promise.all(this.#tree.takeChanged().map((path) => this.#sync(path).finally(onProgress)));
    this.#tree.requireThere(this.#tree.root);
    return kept.map((one, at) => (one instanceof Error ? one : this.#unlessMoved(written[at]?.path ?? '', one)));
  }

  /** Nothing more is written; what has not got its name is removed. */
  close(): void {
    for (const number of [...this.#written.keys()]) this.#discard(this.#take(number));
    this.#tree.close();
  }

  #take(number: number): WrittenFile {
    const written = this.#written.get(number);
    if (!written) throw new ShoalError('INTERNAL', `File ${number} was not written.`);
    this.#written.delete(number);
    return written;
  }

  #discard({ fd, folder, partName }: WrittenFile): void {
    closeSync(fd);
    rmSync(folder.at(partName), { force: true });
    this.#tree.release(folder);
  }

  #look(path: string, manifest: Manifest, vouched: FileStamp | undefined, folder: HeldFolder): FileStamp | undefined {
    const at = folder.at(basename(path));
    const there = lstatSync(at, { bigint: true, throwIfNoEntry: false });
    if (!there) return undefined;
    if (!there.isFile()) throw destinationExists(path);
    if (there.size !== BigInt(manifest.sizeBytes)) return this.#other(path);
    const stamp = stampOf(there);
    if (vouched && sameStamp(vouched, stamp)) return stamp;
    const fd = openRegularSync(at, constants.O_RDONLY | NO_FOLLOW);
    try {
      const opened = stampOf(fstatSync(fd, { bigint: true }));
      const bytes = Buffer.allocUnsafe(manifest.sizeBytes);
      if (readFully(fd, bytes, 0) !== bytes.length || !isContent(manifest, bytes)) return this.#other(path);
      return opened;
    } finally {
      closeSync(fd);
    }
  }

  /** Another file stands there: it is replaced by what comes, or in its way. */
  #other(path: string): undefined {
    if (!this.#overwrite) throw destinationExists(path);
  }

  #inFolder<T>(path: string, act: (folder: HeldFolder) => T): T {
    const folder = this.#tree.hold(path);
    try {
      return act(folder);
    } catch (error) {
      throw plainly(error);
    } finally {
      this.#tree.release(folder);
    }
  }

  async #sync(path: string): Promise<void> {
    // The folder above the tree has the name of its root, and is none of the tree's.
    if (path === dirname(this.#tree.root)) return syncFolder(path);
    const folder = this.#tree.hold(path);
    try {
      await folder.sync();
    } finally {
      this.#tree.release(folder);
    }
  }

  /** A folder may have been put elsewhere while files were on their way into it. */
  #unlessMoved(path: string, stamp: FileStamp): FileStamp | Error {
    try {
      this.#tree.requireThere(dirname(path));
      return stamp;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Two files may be on their way to one place, where a disk folds names or a listing lies: their partial files are two. */
  #partName(name: string): string {
    const stem = Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : createHash('sha256').update(name).digest('hex');
    return `${stem}.${this.#nextPart++}.${this.#tag}.part`;
  }

  async #keepOne({ path, fd, folder, partName }: WrittenFile): Promise<FileStamp | Error> {
    const name = basename(path);
    try {
      await syncAll(fd);
      if (this.#overwrite) await rename(folder.at(partName), folder.at(name));
      else await moveWithoutReplacing(folder.at(partName), folder.at(name));
      this.#tree.changed(path);
      return stampOf(fstatSync(fd, { bigint: true }));
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      plainly(error);
      rmSync(folder.at(partName), { force: true });
      return error;
    } finally {
      await closeLater(fd);
      this.#tree.release(folder);
    }
  }
}

/** Whether a file of one piece, or none, has this content. @throws ShoalError `DIGEST_MISMATCH` when the listing contradicts itself */
export function isContent(manifest: Manifest, bytes: Uint8Array): boolean {
  const whole = manifest.pieceCount === 0 ? createHash(manifest.algorithm).digest() : pieceDigest(manifest, 0);
  if (!Buffer.from(whole).equals(manifest.fileDigest)) {
    throw new ShoalError(
      'DIGEST_MISMATCH',
      'The piece matches the manifest, but the whole file does not: ask its sharer to share it again.',
    );
  }
  return manifest.pieceCount === 0 ? bytes.length === 0 : isPiece(manifest, 0, bytes);
}

/** The tag of the folder download that a file is a partial one of, by its name; undefined when the name has none. */
export function tagIn(name: string): string | undefined {
  return /\.\d+\.([0-9a-f]{12})\.part$/.exec(name)?.[1];
}

/** Removes the partial files of a folder's small files, which are known by its tag. Links are not followed. */
export async function removeParts(root: string, tag: string, onProgress = () => {}): Promise<void> {
  for (const entry of await readEntries(root)) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) await removeParts(path, tag, onProgress);
    else if (entry.name.endsWith(`.${tag}.part`)) await rm(path, { force: true });
  }
  onProgress();
}

async function readEntries(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return []; // not there, or not to be read: nothing was written there either
  }
}
