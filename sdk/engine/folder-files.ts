import { createHash } from 'node:crypto';
import { close, closeSync, constants, fstatSync, fsync, lstatSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NO_FOLLOW, syncFolder, writeFullySync } from '../disk/index.js';
import { type Manifest, pieceDigest, ShoalError } from '../protocol/index.js';
import { stampOf } from './file-stamp.js';
import type { FolderJournal } from './folder-journal.js';
import type { FolderTree } from './folder-tree.js';
import type { FileStamp } from './messages.js';
import { destinationExists, moveWithoutReplacing } from './part-file.js';
import { isPiece, readFully } from './read-piece.js';

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
  readonly partPath: string;
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
  #nextPart = 0;

  constructor(tree: FolderTree, journal: FolderJournal, tag: string) {
    this.#tree = tree;
    this.#journal = journal;
    this.#tag = tag;
  }

  /**
   * The file, if it stands there already: known by the journal, or by its content.
   * @throws ShoalError `DESTINATION_EXISTS` when something else stands there, or the disk's errors
   */
  present({ place, path, manifest }: SmallFile): FileStamp | undefined {
    const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (!there) return undefined;
    if (!there.isFile() || there.size !== BigInt(manifest.sizeBytes)) throw destinationExists(path);
    const stamp = stampOf(there);
    if (this.#journal.vouchesFor(place, manifest.id, stamp)) return stamp;
    const fd = openSync(path, constants.O_RDONLY | NO_FOLLOW);
    try {
      const opened = stampOf(fstatSync(fd, { bigint: true }));
      const bytes = Buffer.allocUnsafe(manifest.sizeBytes);
      if (readFully(fd, bytes, 0) !== bytes.length || !isContent(manifest, bytes)) throw destinationExists(path);
      return opened;
    } finally {
      closeSync(fd);
    }
  }

  /** Writes the content, which was checked. @throws the disk's errors */
  write<F extends SmallFile>(file: F, bytes: Uint8Array): WrittenFile<F> {
    const partPath = join(dirname(file.path), this.#partName(basename(file.path)));
    const fd = openSync(partPath, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW, 0o666);
    try {
      writeFullySync(fd, bytes, 0);
      return { file, fd, partPath };
    } catch (error) {
      closeSync(fd);
      rmSync(partPath, { force: true });
      throw error;
    }
  }

  /** Makes files durable and gives them their names; how it went with each, and all of it is on the disk. */
  async keep<F extends SmallFile>(
    written: readonly WrittenFile<F>[],
    alreadyThere: readonly F[],
  ): Promise<KeptFile<F>[]> {
    const kept = await Promise.all(written.map((one) => this.#keepOne(one)));
    for (const file of alreadyThere) this.#tree.changed(file.path); // whoever made it may not have synced it
    await Promise.all(this.#tree.takeChanged().map((folder) => syncFolder(folder)));
    return kept;
  }

  /** What was written is not wanted any more. */
  discard(written: readonly WrittenFile<SmallFile>[]): void {
    for (const { fd, partPath } of written) {
      closeSync(fd);
      rmSync(partPath, { force: true });
    }
  }

  /** Two files may be on their way to one place, where a disk folds names or a listing lies: their partial files are two. */
  #partName(name: string): string {
    const stem = Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : createHash('sha256').update(name).digest('hex');
    return `${stem}.${this.#nextPart++}.${this.#tag}.part`;
  }

  async #keepOne<F extends SmallFile>({ file, fd, partPath }: WrittenFile<F>): Promise<KeptFile<F>> {
    try {
      await syncAll(fd);
      await moveWithoutReplacing(partPath, file.path);
      this.#tree.changed(file.path);
      return { file, kept: stampOf(fstatSync(fd, { bigint: true })) };
    } catch (error) {
      rmSync(partPath, { force: true });
      return { file, kept: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      await closeLater(fd);
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
