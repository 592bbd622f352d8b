import { isDeepStrictEqual } from 'node:util';
import type { ShareRecord } from '../../contract/contract.js';

interface Place {
  /** The groups of the shares of a file, in order. */
  readonly groups: readonly string[];
  /** Those in which it differs from what was shared. */
  readonly editedIn: readonly string[];
  /** False while the file is being hashed. */
  readonly isVerified: boolean;
}

const NOWHERE: Place = { groups: [], editedIn: [], isVerified: true };

/** The shared files of this computer, with their groups and what is to be published. */
export class ShareIndex {
  #places = new Map<string, Place>();

  groupsOf(path: string): readonly string[] {
    return this.#at(path).groups;
  }

  /** The groups in which the file differs from what was shared. */
  editedIn(path: string): readonly string[] {
    return this.#at(path).editedIn;
  }

  /** Whether it is known in which groups the file is edited: otherwise, it is being hashed. */
  isVerified(path: string): boolean {
    return this.#at(path).isVerified;
  }

  /** Sets the current shares. Returns the changed paths. */
  update(shares: Iterable<ShareRecord>): string[] {
    const places = new Map<string, { groups: string[]; editedIn: string[]; isVerified: boolean }>();
    for (const { path, groupId, state } of shares) {
      const key = pathKey(path);
      const place = places.get(key) ?? { groups: [], editedIn: [], isVerified: true };
      places.set(key, place);
      place.groups.push(groupId);
      if (state.name === 'edited') place.editedIn.push(groupId);
      if (state.name === 'verifying') place.isVerified = false;
    }
    for (const { groups, editedIn } of places.values()) {
      groups.sort();
      editedIn.sort();
    }
    const before = this.#places;
    this.#places = places;
    const paths = new Set([...before.keys(), ...places.keys()]);
    return [...paths].filter((path) => !isDeepStrictEqual(before.get(path), places.get(path)));
  }

  #at(path: string): Place {
    return this.#places.get(pathKey(path)) ?? NOWHERE;
  }
}

/** The editor writes the letter of a Windows drive small, the system large. */
export function pathKey(path: string): string {
  return /^[A-Z]:/.test(path) ? path.charAt(0).toLowerCase() + path.slice(1) : path;
}
