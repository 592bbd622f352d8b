import { createHash } from 'node:crypto';
import { close, closeSync, constants, fstatSync, fsync, lstatSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
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
import { setAttributesSync } from '../storage/parts/file-attributes.js';
import { destinationExists, moveReplacing, type Replaceable } from '../storage/parts/move-file.js';
import { isUnfinished } from '../storage/parts/part-place.js';
import type { SmallFile } from './folder-disk.js';
import type { FolderTree } from './folder-tree.js';

const syncAll = promisify(fsync);
const closeLater = promisify(close);

/** A longer name may leave no room for the suffix of a partial file, also where names have at most 143 bytes. */
const MAX_NAME_BYTES = 100;

/** A file that is written and does not have its final name yet. */
interface WrittenFile {
  readonly path: string;
  /** Which existing file it may replace. */
  readonly replaceable: Replaceable;
  readonly fd: number;
  /** Open until the file has its final name. */
  readonly folder: HeldFolder;
  readonly partName: string;
}

/**
 * Writes the small files of a folder. Each is written next to its final path, under a name that is unique to this download. A batch gets
 * its final names once all of its files are on the disk, so that one wait covers many files.
 */
export class FolderFiles {
  readonly tree: FolderTree;
  readonly #tag: string;
  readonly #overwrite: boolean;
  /** Written files without their final names, by number. */
  readonly #written = new Map<number, WrittenFile>();
  #nextPart = 0;

  /** @param overwrite whether existing files with other content are replaced */
  constructor(tree: FolderTree, tag: string, overwrite = false) {
    this.tree = tree;
    this.#tag = tag;
    this.#overwrite = overwrite;
  }

  /** See `FolderDisk.look`. */
  look(file: Pick<SmallFile, 'path' | 'manifest' | 'replaces'>, vouched: FileStamp | undefined): FileStamp | undefined {
    return this.#inFolder(dirname(file.path), (folder) => this.#look(file, vouched, folder));
  }

  /** See `FolderDisk.place`. */
  async place(path: string, sizeBytes: number): Promise<boolean> {
    const there = this.#inFolder(dirname(path), (folder) =>
      lstatSync(folder.at(basename(path)), { throwIfNoEntry: false }),
    );
    return there?.isFile() === true && there.size === sizeBytes && !(await isUnfinished(path));
  }

  /** Creates a folder of the tree. @throws like `FolderTree.hold` */
  makeFolder(path: string): void {
    this.#inFolder(path, () => {});
  }

  /** Writes verified content. @throws the disk's errors */
  write({ number, path, replaces, attributes }: Omit<SmallFile, 'manifest'>, bytes: Uint8Array): void {
    const replaceable = this.#overwrite || (replaces ?? false);
    const partName = this.#partName(basename(path));
    const folder = this.tree.hold(dirname(path));
    let fd: number | undefined;
    try {
      fd = openRegularSync(folder.at(partName), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW);
      writeFullySync(fd, bytes, 0);
      if (attributes) setAttributesSync(fd, attributes);
      this.#written.set(number, { path, replaceable, fd, folder, partName });
    } catch (error) {
      plainly(error);
      if (fd !== undefined) this.#discard({ fd, folder, partName });
      else this.tree.release(folder);
      throw error;
    }
  }

  /** See `FolderDisk.keep`; takes the numbers of written files, and the paths of files that existed before. */
  async keep(
    numbers: readonly number[],
    alreadyThere: readonly string[],
    onProgress = () => {},
  ): Promise<(FileStamp | Error)[]> {
    const written = numbers.map((number) => this.#take(number));
    const kept = await Promise.all(written.map((one) => this.#keepOne(one).finally(onProgress)));
    for (const path of alreadyThere) this.tree.changed(path); // its creator may not have synced it
    await Promise.all(this.tree.takeChanged().map((path) => this.#sync(path).finally(onProgress)));
    this.tree.requireThere(this.tree.root);
    return kept.map((one, at) => (one instanceof Error ? one : this.#unlessMoved(written[at]?.path ?? '', one)));
  }

  /** Stops writing, and removes the files that do not have their final names. */
  close(): void {
    for (const number of [...this.#written.keys()]) this.#discard(this.#take(number));
    this.tree.close();
  }

  #take(number: number): WrittenFile {
    const written = this.#written.get(number);
    if (!written) throw new ShoalError('INTERNAL', `File ${number} was not written.`);
    this.#written.delete(number);
    return written;
  }

  #discard({ fd, folder, partName }: Pick<WrittenFile, 'fd' | 'folder' | 'partName'>): void {
    closeSync(fd);
    rmSync(folder.at(partName), { force: true });
    this.tree.release(folder);
  }

  #look(
    { path, manifest, replaces }: Pick<SmallFile, 'path' | 'manifest' | 'replaces'>,
    vouched: FileStamp | undefined,
    folder: HeldFolder,
  ): FileStamp | undefined {
    const at = folder.at(basename(path));
    const there = lstatSync(at, { bigint: true, throwIfNoEntry: false });
    if (!there) return undefined;
    if (!there.isFile()) throw destinationExists(path);
    const stamp = stampOf(there);
    const isReplaceable = this.#overwrite || (replaces !== undefined && sameStamp(replaces, stamp));
    if (there.size !== BigInt(manifest.sizeBytes)) return other(path, isReplaceable);
    if (vouched && sameStamp(vouched, stamp)) return stamp;
    const fd = openRegularSync(at, constants.O_RDONLY | NO_FOLLOW);
    try {
      const opened = stampOf(fstatSync(fd, { bigint: true }));
      const bytes = Buffer.allocUnsafe(manifest.sizeBytes);
      if (readFully(fd, bytes, 0) !== bytes.length || !isContent(manifest, bytes)) return other(path, isReplaceable);
      return opened;
    } finally {
      closeSync(fd);
    }
  }

  #inFolder<T>(path: string, act: (folder: HeldFolder) => T): T {
    const folder = this.tree.hold(path);
    try {
      return act(folder);
    } catch (error) {
      throw plainly(error);
    } finally {
      this.tree.release(folder);
    }
  }

  async #sync(path: string): Promise<void> {
    // The parent of the root holds the root's name, but is not part of the tree.
    if (path === dirname(this.tree.root)) return syncFolder(path);
    const folder = this.tree.hold(path);
    try {
      await folder.sync();
    } finally {
      this.tree.release(folder);
    }
  }

  /** Returns an error if the folder was moved while its files were being written. */
  #unlessMoved(path: string, stamp: FileStamp): FileStamp | Error {
    try {
      this.tree.requireThere(dirname(path));
      return stamp;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Two files may have the same path if the disk folds names or the listing is wrong: each needs its own partial file. */
  #partName(name: string): string {
    const stem = Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : createHash('sha256').update(name).digest('hex');
    return `${stem}.${this.#nextPart++}.${this.#tag}.part`;
  }

  async #keepOne({ path, replaceable, fd, folder, partName }: WrittenFile): Promise<FileStamp | Error> {
    const name = basename(path);
    try {
      await syncAll(fd);
      await moveReplacing(folder.at(partName), folder.at(name), replaceable);
      this.tree.changed(path);
      return stampOf(fstatSync(fd, { bigint: true }));
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      plainly(error);
      rmSync(folder.at(partName), { force: true });
      return error;
    } finally {
      await closeLater(fd);
      this.tree.release(folder);
    }
  }
}

/** A file with other content exists: it is replaced, or it blocks the download. */
function other(path: string, isReplaceable: boolean): undefined {
  if (!isReplaceable) throw destinationExists(path);
}

/** Whether a file of at most one piece has this content. @throws ShoalError `DIGEST_MISMATCH` if the manifest contradicts itself */
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

/** The tag in the name of a folder download's partial file; undefined if the name has none. */
export function tagIn(name: string): string | undefined {
  return /\.\d+\.([0-9a-f]{12})\.part$/.exec(name)?.[1];
}

/** Removes the partial files of a folder download, by its tag. It does not follow links. */
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
    return []; // missing or unreadable: nothing was written there either
  }
}
