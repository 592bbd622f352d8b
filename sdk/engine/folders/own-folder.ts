import { dirname } from 'node:path';
import type { FileStamp } from '../../disk/index.js';
import type { FolderDisk, FolderPlace, SmallFile } from './folder-disk.js';
import { FolderFiles, removeParts } from './folder-files.js';
import { FolderTree } from './folder-tree.js';
import { removeFile } from './remove-file.js';
import type { TakenNames } from './taken-names.js';

/** A folder on a local disk, written in the caller's thread. */
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

  async makeFolder(path: string): Promise<void> {
    this.#files.makeFolder(path);
  }

  write(file: SmallFile, bytes: Uint8Array): void {
    this.#files.write(file, bytes);
  }

  async remove(path: string, stamp: FileStamp): Promise<boolean> {
    return removeFile(this.#tree, path, stamp);
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
