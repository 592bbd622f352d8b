import { basename, dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

/** Shares that are sorted without a pause of the event loop. */
const SORTED_AT_ONCE = 2000;

/** A record of a file, and of other files with its content. */
export interface WithFile {
  readonly path: string;
  readonly copies?: readonly { readonly path: string }[] | undefined;
}

/** The shares by the folders and names of their files, copies included. */
export class SharePlaces<T extends WithFile> {
  #folders = new Map<string, Map<string, T[]>>();
  #listed: readonly T[] = [];

  get folders(): ReadonlyMap<string, unknown> {
    return this.#folders;
  }

  /** Takes the current list of shares. @returns whether it is another one */
  async update(shares: readonly T[]): Promise<boolean> {
    if (shares === this.#listed) return false;
    const folders = new Map<string, Map<string, T[]>>();
    for (const [index, share] of shares.entries()) {
      if (index % SORTED_AT_ONCE === SORTED_AT_ONCE - 1) await turn();
      for (const { path } of [share, ...(share.copies ?? [])]) {
        const folder = dirname(path);
        const files = folders.get(folder) ?? new Map<string, T[]>();
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

  at(folder: string, name: string): readonly T[] {
    return this.#folders.get(folder)?.get(keyOf(name)) ?? [];
  }

  in(folder: string): readonly T[] {
    return [...(this.#folders.get(folder)?.values() ?? [])].flat();
  }
}

/** Some systems tell a name in another composition of its letters than it was made with. */
function keyOf(name: string): string {
  return name.normalize();
}
