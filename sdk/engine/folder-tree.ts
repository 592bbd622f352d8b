import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../disk/index.js';
import { ShoalError } from '../protocol/index.js';

/** The folders of a tree that is being fetched: made as they are needed, and never reached through a link. */
export class FolderTree {
  readonly root: string;
  /** Known to be folders, and no links. */
  readonly #known = new Set<string>();
  /** Folders in which a name is new, and that were not synced since. */
  #changed = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Where a file of the tree is to stand; its folder is there from now on.
   * @throws ShoalError `DESTINATION_EXISTS` when something that is no folder is in the way, or the disk's errors
   */
  place(segments: readonly string[]): string {
    const folder = this.#folder(segments.slice(0, -1));
    return join(folder, segments.at(-1) ?? '');
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

  #folder(segments: readonly string[]): string {
    const path = join(this.root, ...segments);
    if (this.#known.has(path)) return path;
    if (segments.length > 0) this.#folder(segments.slice(0, -1));
    this.#make(path);
    this.#known.add(path);
    return path;
  }

  #make(path: string): void {
    try {
      mkdirSync(path);
      this.changed(path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      const there = lstatSync(path);
      if (there.isDirectory()) return;
      const what = there.isSymbolicLink() ? 'a link, which is never followed' : 'no folder';
      throw new ShoalError('DESTINATION_EXISTS', `${path} is ${what}: move it away, or choose another place.`);
    }
  }
}
