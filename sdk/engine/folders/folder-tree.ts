import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, type FileId, HeldFolder, isSameFile } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';

/** Limit of unused folders that stay open: the next file is likely to be in one of them. */
const MAX_IDLE = 128;

interface Branch {
  readonly folder: HeldFolder;
  uses: number;
}

/**
 * The folders of a tree that is being downloaded. It creates them as needed, never follows links, and keeps them open while they are in
 * use. A folder that was replaced since its first use is refused.
 */
export class FolderTree {
  readonly root: string;
  readonly #maxIdle: number;
  /** Open folders, the most recently used last. */
  readonly #held = new Map<string, Branch>();
  /** The ids of all folders at their first use. */
  readonly #ids = new Map<string, FileId>();
  /** Folders with new names since their last sync. */
  #changed = new Set<string>();

  constructor(root: string, maxIdle = MAX_IDLE) {
    this.root = resolve(root);
    this.#maxIdle = maxIdle;
  }

  /**
   * Opens a folder of the tree and creates it if needed. Each call needs one {@link release}.
   * @throws ShoalError `DESTINATION_EXISTS`, `PATH_NOT_FOUND` if it was replaced, or the disk's errors
   */
  hold(path: string): HeldFolder {
    let branch = this.#held.get(path);
    if (!branch) {
      const folder = this.#enter(path);
      const id = this.#ids.get(path) ?? folder.id;
      if (!isSameFile(id, folder.id)) {
        folder.closeSync();
        throw moved(path);
      }
      this.#ids.set(path, id);
      branch = { folder, uses: 0 };
    }
    branch.uses++;
    this.#held.delete(path);
    this.#held.set(path, branch);
    return branch.folder;
  }

  release({ path }: HeldFolder): void {
    const branch = this.#held.get(path);
    if (branch) branch.uses--;
    this.#closeIdle(this.#maxIdle);
  }

  /** The file's folder has a new name. */
  changed(path: string): void {
    this.#changed.add(dirname(path));
  }

  /** The folders that need a sync. */
  takeChanged(): string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed;
  }

  /** Checks that the path still leads to the folder that was used, without a link. @throws ShoalError `PATH_NOT_FOUND` */
  requireThere(path: string): void {
    for (let at = path; ; at = dirname(at)) {
      const id = this.#ids.get(at);
      const there = lstatSync(at, { bigint: true, throwIfNoEntry: false });
      if (!id || !there || !isSameFile(there, id)) throw moved(at);
      if (at === this.root) return;
    }
  }

  /** Removes a folder of the tree if it is empty and not in use. Returns whether it did. */
  removeEmpty(path: string): boolean {
    const branch = this.#held.get(path);
    if (path === this.root || (branch && branch.uses > 0)) return false;
    branch?.folder.closeSync();
    this.#held.delete(path);
    try {
      const above = this.hold(dirname(path));
      try {
        rmdirSync(above.at(basename(path)));
      } finally {
        this.release(above);
      }
    } catch {
      return false; // it contains something, or it is not ours to remove
    }
    this.#ids.delete(path);
    this.#changed.delete(path);
    this.changed(path);
    return true;
  }

  /** Closes the folders that are not in use. */
  close(): void {
    this.#closeIdle(0);
  }

  #enter(path: string): HeldFolder {
    const isRoot = path === this.root;
    const above = isRoot ? HeldFolder.openSync(dirname(path)) : this.hold(dirname(path));
    try {
      return this.#makeAndEnter(above, basename(path));
    } finally {
      if (isRoot) above.closeSync();
      else this.release(above);
    }
  }

  #makeAndEnter(above: HeldFolder, name: string): HeldFolder {
    const path = join(above.path, name);
    try {
      mkdirSync(above.at(name));
      this.changed(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      const there = lstatSync(above.at(name));
      if (!there.isDirectory()) throw inTheWay(path, there.isSymbolicLink());
    }
    return above.enterSync(name);
  }

  #closeIdle(most: number): void {
    let tooMany = this.#held.size - most;
    for (const [path, { folder, uses }] of this.#held) {
      if (tooMany <= 0) return;
      if (uses > 0) continue;
      this.#held.delete(path);
      folder.closeSync();
      tooMany--;
    }
  }
}

function inTheWay(path: string, isLink: boolean): ShoalError {
  const what = isLink ? 'a link, which is never followed' : 'no folder';
  return new ShoalError('DESTINATION_EXISTS', `${path} is ${what}: move it away, or choose another place.`);
}

function moved(path: string): ShoalError {
  return new ShoalError(
    'PATH_NOT_FOUND',
    `${path} was moved or replaced meanwhile: put it back and go on, or choose another place.`,
  );
}
