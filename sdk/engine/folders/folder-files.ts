import { createHash } from 'node:crypto';
import { close, closeSync, constants, fstatSync, fsync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  type FileStamp,
  type HeldFolder,
  NO_FOLLOW,
  openRegularSync,
  plainly,
  readFully,
  stampOf,
  syncFolder,
  writeFullySync,
} from '../../disk/index.js';
import { isPiece, type Manifest, pieceDigest, ShoalError } from '../../protocol/index.js';
import { destinationExists, moveWithoutReplacing } from '../storage/move-file.js';
import { takeName } from '../storage/part-file.js';
import { nameBehind } from '../storage/part-names.js';
import type { FolderJournal } from './folder-journal.js';
import type { FolderTree } from './folder-tree.js';

const syncAll = promisify(fsync);
const closeLater = promisify(close);

/** Beyond, a name may not have room for what makes it a partial file's. */
const MAX_NAME_BYTES = 220;

/** A file of a folder, of one piece or none. */
export interface SmallFile {
  readonly place: string;
  readonly path: string;
  readonly manifest: Manifest;
}

/** A file that came, and is not under its name yet. */
export interface WrittenFile<F extends SmallFile> {
  readonly file: F;
  readonly fd: number;
  /** Held until it has its name. */
  readonly folder: HeldFolder;
  readonly partName: string;
}

/** How a file that came was put under its name. */
export interface KeptFile<F extends SmallFile> {
  readonly file: F;
  readonly kept: FileStamp | Error;
}

/**
 * What a folder's small files are on the disk. Each is written beside its place, under a name that is this folder's alone; many at
 * once get their names when all of them have reached the disk, so that the disk is waited for once.
 */
export class FolderFiles {
  readonly #tree: FolderTree;
  readonly #journal: FolderJournal;
  readonly #tag: string;
  readonly #taken: { leave(): void }[] = [];
  readonly #overwrite: boolean;
  #nextPart = 0;

  /** @param overwrite whether files that are others are replaced */
  constructor(tree: FolderTree, journal: FolderJournal, tag: string, overwrite = false) {
    this.#tree = tree;
    this.#journal = journal;
    this.#tag = tag;
    this.#overwrite = overwrite;
  }

  /** Whether the name of a file is one that a partial file may have. */
  static mayMeetPart({ path }: SmallFile): boolean {
    return nameBehind(basename(path)) !== undefined;
  }

  /** Makes sure that no partial file, of a large file of the folder for one, has the name of this one. @throws the disk's errors */
  async takeName({ path }: SmallFile, isWhole: (path: string) => boolean): Promise<void> {
    const folder = this.#tree.hold(dirname(path));
    try {
      this.#taken.push(await takeName(folder, basename(path), isWhole));
    } catch (error) {
      throw plainly(error);
    } finally {
      this.#tree.release(folder);
    }
  }

  /** Nothing more is written. */
  close(): void {
    for (const name of this.#taken.splice(0)) name.leave();
    this.#tree.close();
  }

  /**
   * The file, if it stands there already: known by the journal, or by its content.
   * @throws ShoalError `DESTINATION_EXISTS` when something else stands there, or the disk's errors
   */
  present(file: SmallFile): FileStamp | undefined {
    return this.#inFolderOf(file, (folder) => this.#present(file, folder));
  }

  /** Writes the content, which was checked. @throws the disk's errors */
  write<F extends SmallFile>(file: F, bytes: Uint8Array): WrittenFile<F> {
    const partName = this.#partName(basename(file.path));
    const folder = this.#tree.hold(dirname(file.path));
    let fd: number | undefined;
    try {
      fd = openRegularSync(folder.at(partName), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW);
      writeFullySync(fd, bytes, 0);
      return { file, fd, folder, partName };
    } catch (error) {
      plainly(error);
      if (fd !== undefined) this.#discard({ file, fd, folder, partName });
      else this.#tree.release(folder);
      throw error;
    }
  }

  /**
   * Makes files durable and gives them their names; how it went with each, and all of it is on the disk, where it is looked for.
   * @throws ShoalError `PATH_NOT_FOUND` when all of the tree stands elsewhere by now, or the disk's errors
   */
  async keep<F extends SmallFile>(
    written: readonly WrittenFile<F>[],
    alreadyThere: readonly F[],
  ): Promise<KeptFile<F>[]> {
    const kept = await Promise.all(written.map((one) => this.#keepOne(one)));
    for (const file of alreadyThere) this.#tree.changed(file.path); // whoever made it may not have synced it
    await Promise.all(this.#tree.takeChanged().map((path) => this.#sync(path)));
    this.#tree.requireThere(this.#tree.root);
    return kept.map((one) =>
      one.kept instanceof Error ? one : { ...one, kept: this.#unlessMoved(one.file, one.kept) },
    );
  }

  /** What was written is not wanted any more. */
  discard(written: readonly WrittenFile<SmallFile>[]): void {
    for (const one of written) this.#discard(one);
  }

  #discard({ fd, folder, partName }: WrittenFile<SmallFile>): void {
    closeSync(fd);
    rmSync(folder.at(partName), { force: true });
    this.#tree.release(folder);
  }

  #present({ place, path, manifest }: SmallFile, folder: HeldFolder): FileStamp | undefined {
    const at = folder.at(basename(path));
    const there = lstatSync(at, { bigint: true, throwIfNoEntry: false });
    if (!there) return undefined;
    if (!there.isFile()) throw destinationExists(path);
    if (there.size !== BigInt(manifest.sizeBytes)) return this.#other(path);
    const stamp = stampOf(there);
    if (this.#journal.vouchesFor(place, manifest.id, stamp)) return stamp;
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

  #inFolderOf<T>({ path }: SmallFile, act: (folder: HeldFolder) => T): T {
    const folder = this.#tree.hold(dirname(path));
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
  #unlessMoved({ path }: SmallFile, stamp: FileStamp): FileStamp | Error {
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

  async #keepOne<F extends SmallFile>({ file, fd, folder, partName }: WrittenFile<F>): Promise<KeptFile<F>> {
    const name = basename(file.path);
    try {
      await syncAll(fd);
      if (this.#overwrite) await rename(folder.at(partName), folder.at(name));
      else await moveWithoutReplacing(folder.at(partName), folder.at(name));
      this.#tree.changed(file.path);
      return { file, kept: stampOf(fstatSync(fd, { bigint: true })) };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      plainly(error);
      rmSync(folder.at(partName), { force: true });
      return { file, kept: error };
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
      'The piece is as listed, but the whole file is not: who shared it must share it again.',
    );
  }
  return manifest.pieceCount === 0 ? bytes.length === 0 : isPiece(manifest, 0, bytes);
}

/** The tag of the folder download that a file is a partial one of, by its name; undefined when the name has none. */
export function tagIn(name: string): string | undefined {
  return /\.\d+\.([0-9a-f]{12})\.part$/.exec(name)?.[1];
}

/** Removes the partial files of a folder's small files, which are known by its tag. Links are not followed. */
export function removeParts(root: string, tag: string): void {
  for (const entry of readEntries(root)) {
    const path = join(root, entry.name);
    if (entry.isDirectory()) removeParts(path, tag);
    else if (entry.name.endsWith(`.${tag}.part`)) rmSync(path, { force: true });
  }
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // not there, or not to be read: nothing was written there either
  }
}
