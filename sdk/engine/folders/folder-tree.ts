import { lstatSync, mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoOf, type FileId, HeldFolder, isSameFile } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';

/** Folders that are held open though nobody works in them: the next file is likely to be in one of them. */
const MAX_IDLE = 128;

interface Branch {
  readonly folder: HeldFolder;
  uses: number;
}

/**
 * The folders of a tree that is being fetched: made as they are needed, never reached through a link, and held open while something is done
 * in them. A folder that was entered once is the same at every later time, or nothing is done in it.
 */
export class FolderTree {
  readonly root: string;
  readonly #maxIdle: number;
  /** Those that are held, the one used last at the end. */
  readonly #held = new Map<string, Branch>();
  /** All that were ever entered. */
  readonly #ids = new Map<string, FileId>();
  /** Folders in which a name is new, and that were not synced since. */
  #changed = new Set<string>();

  constructor(root: string, maxIdle = MAX_IDLE) {
    this.root = resolve(root);
    this.#maxIdle = maxIdle;
  }

  /**
   * Holds a folder of the tree, which is there from now on; to be met by {@link release}.
   * @throws ShoalError `DESTINATION_EXISTS`, `PATH_NOT_FOUND` when it is not the one that it was, or the disk's errors
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

  /** A name in the file's folder is new. */
  changed(path: string): void {
    this.#changed.add(dirname(path));
  }

  /** The folders to be synced. */
  takeChanged(): string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed;
  }

  /**
   * Whoever looks for a folder of the tree by its path must come to the one that is meant, and through no link.
   * @throws ShoalError `PATH_NOT_FOUND`
   */
  requireThere(path: string): void {
    for (let at = path; ; at = dirname(at)) {
      const id = this.#ids.get(at);
      const there = lstatSync(at, { bigint: true, throwIfNoEntry: false });
      if (!id || !there || !isSameFile(there, id)) throw moved(at);
      if (at === this.root) return;
    }
  }

  /** Lets go of what nobody works in. */
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
