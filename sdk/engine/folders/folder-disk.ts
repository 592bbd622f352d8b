import { basename, dirname } from 'node:path';
import { awayMountOf, type FileStamp, type HeldFolder, plainly } from '../../disk/index.js';
import type { Manifest } from '../../protocol/index.js';
import type { FolderOrder } from '../messages.js';
import { takeName } from '../storage/part-file.js';
import { nameBehind } from '../storage/part-names.js';
import { AwayFolder } from './away-folder.js';
import { FolderFiles, removeParts } from './folder-files.js';
import { FolderTree } from './folder-tree.js';
import type { FolderWorkerClient } from './folder-worker-client.js';

/** A file of a folder, of one piece or none, under its number in the plan. */
export interface SmallFile {
  readonly number: number;
  readonly path: string;
  readonly manifest: Manifest;
}

/** Where a folder is to stand, and what its partial files are known by. */
export type FolderPlace = Pick<FolderOrder, 'root' | 'tag' | 'overwrite'>;

/**
 * A folder's small files on the disk. A disk of this computer does at once what others promise: nobody has to wait for it, and many small
 * files are not worth a promise each.
 */
export interface FolderDisk {
  /** Whether it takes more: where it does not answer, no more is kept for it than so much. */
  readonly hasRoom: boolean;
  /** Removes what an earlier try left; to be called first. @throws ShoalError `DISK_UNAVAILABLE`, as all others, or the disk's errors */
  open(): Promise<void>;
  /**
   * The file, if it stands there already: by its stamp, or by its content. Its folder is there from now on.
   * @param vouched the stamp that is known to be this content's
   * @throws ShoalError `DESTINATION_EXISTS` when something else stands there or in the way, or the disk's errors
   */
  look(file: SmallFile, vouched: FileStamp | undefined): FileStamp | undefined | Promise<FileStamp | undefined>;
  /**
   * Whether a larger file of that size stands there, and is no unfinished one. Its folder is there from now on.
   * @throws ShoalError `DESTINATION_EXISTS` when something that is no folder is in the way, or the disk's errors
   */
  place(path: string, sizeBytes: number): Promise<boolean>;
  /** Writes the content, which was checked, and which it needs no longer than the call. @throws the disk's errors */
  write(file: SmallFile, bytes: Uint8Array): void | Promise<void>;
  /**
   * Makes files durable and gives them their names; how it went with each, and all of it is on the disk, where it is looked for.
   * @param there files that stood there before
   * @throws ShoalError `PATH_NOT_FOUND` when all of the tree stands elsewhere by now, or the disk's errors
   */
  keep(written: readonly SmallFile[], there: readonly SmallFile[]): Promise<(FileStamp | Error)[]>;
  /** Nothing more is written; what has not got its name is removed. */
  close(): void | Promise<void>;
}

/** A folder's files on the disk that it is to stand on. */
export function folderDiskOf(
  place: FolderPlace,
  laneOf: (mount: string) => FolderWorkerClient,
  isWhole: (path: string) => boolean,
): FolderDisk {
  const names = new TakenNames(isWhole);
  const mount = awayMountOf(place.root);
  return mount === undefined ? new OwnFolder(place, names) : new AwayFolder(place, mount, laneOf(mount), names);
}

/** Names of a folder's files that partial files, of a large file of the folder for one, might have. */
export class TakenNames {
  readonly #isWhole: (path: string) => boolean;
  readonly #taken: { leave(): void }[] = [];

  /** @param isWhole whether a path is known to be a whole file's */
  constructor(isWhole: (path: string) => boolean) {
    this.#isWhole = isWhole;
  }

  mayMeetPart({ path }: SmallFile): boolean {
    return nameBehind(basename(path)) !== undefined;
  }

  /** Makes sure that no partial file has the name. @throws the disk's errors */
  async take(folder: HeldFolder, { path }: SmallFile): Promise<void> {
    try {
      this.#taken.push(await takeName(folder, basename(path), this.#isWhole));
    } catch (error) {
      throw plainly(error);
    }
  }

  leaveAll(): void {
    for (const name of this.#taken.splice(0)) name.leave();
  }
}

/** On a disk of this computer, in the caller's thread. */
export class OwnFolder implements FolderDisk {
  readonly hasRoom = true;
  readonly #place: FolderPlace;
  readonly #names: TakenNames;
  readonly #tree: FolderTree;
  readonly #files: FolderFiles;

  constructor(place: FolderPlace, names: TakenNames) {
    this.#place = place;
    this.#names = names;
    this.#tree = new FolderTree(place.root);
    this.#files = new FolderFiles(this.#tree, place.tag, place.overwrite);
  }

  async open(): Promise<void> {
    await removeParts(this.#place.root, this.#place.tag);
  }

  look(file: SmallFile, vouched: FileStamp | undefined): FileStamp | undefined | Promise<FileStamp | undefined> {
    return this.#names.mayMeetPart(file) ? this.#lookAlone(file, vouched) : this.#files.look(file, vouched);
  }

  place(path: string, sizeBytes: number): Promise<boolean> {
    return this.#files.place(path, sizeBytes);
  }

  write({ number, path }: SmallFile, bytes: Uint8Array): void {
    this.#files.write(number, path, bytes);
  }

  keep(written: readonly SmallFile[], there: readonly SmallFile[]): Promise<(FileStamp | Error)[]> {
    return this.#files.keep(
      written.map(({ number }) => number),
      there.map(({ path }) => path),
    );
  }

  close(): void {
    this.#names.leaveAll();
    this.#files.close();
  }

  async #lookAlone(file: SmallFile, vouched: FileStamp | undefined): Promise<FileStamp | undefined> {
    const folder = this.#tree.hold(dirname(file.path));
    try {
      await this.#names.take(folder, file);
    } finally {
      this.#tree.release(folder);
    }
    return this.#files.look(file, vouched);
  }
}
