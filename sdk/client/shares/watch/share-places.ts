import { basename, dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { LibraryShare } from '../../library/records/library-schema.js';

/** Shares that are sorted without a pause of the event loop. */
const SORTED_AT_ONCE = 2000;

/** The shares by the folders and names of their files, copies included. */
export class SharePlaces {
  #folders = new Map<string, Map<string, LibraryShare[]>>();
  #listed: readonly LibraryShare[] = [];

  get folders(): ReadonlyMap<string, unknown> {
    return this.#folders;
  }

  /** Takes the current list of shares. @returns whether it is another one */
  async update(shares: readonly LibraryShare[]): Promise<boolean> {
    if (shares === this.#listed) return false;
    const folders = new Map<string, Map<string, LibraryShare[]>>();
    for (const [index, share] of shares.entries()) {
      if (index % SORTED_AT_ONCE === SORTED_AT_ONCE - 1) await turn();
      for (const { path } of [share, ...(share.copies ?? [])]) {
        const folder = dirname(path);
        const files = folders.get(folder) ?? new Map<string, LibraryShare[]>();
        folders.set(folder, files);
        const name = keyOf(basename(path));
        const there = files.get(name);
        if (there) there.push(share);
        else files.set(name, [share]);
      }
    }
    this.#folders = folders;
    this.#listed = shares;
    return true;
  }

  /** A share has another path: the list is taken again. */
  renew(): void {
    this.#listed = [];
  }

  at(folder: string, name: string): readonly LibraryShare[] {
    return this.#folders.get(folder)?.get(keyOf(name)) ?? [];
  }

  in(folder: string): readonly LibraryShare[] {
    return [...(this.#folders.get(folder)?.values() ?? [])].flat();
  }
}

/** Some systems tell a name in another composition of its letters than it was made with. */
function keyOf(name: string): string {
  return name.normalize();
}
