import { isDeepStrictEqual } from 'node:util';
import type { ShareRecord } from '../contract/contract.js';

/** The shared files of this computer, and their groups. */
export class ShareIndex {
  #groups = new Map<string, string[]>();

  groupsOf(path: string): readonly string[] {
    return this.#groups.get(path) ?? [];
  }

  /** Sets the current shares. Returns the changed paths. */
  update(shares: Iterable<ShareRecord>): string[] {
    const groups = new Map<string, string[]>();
    for (const { path, groupId } of shares) groups.set(path, [...(groups.get(path) ?? []), groupId].sort());
    const before = this.#groups;
    this.#groups = groups;
    const paths = new Set([...before.keys(), ...groups.keys()]);
    return [...paths].filter((path) => !isDeepStrictEqual(before.get(path), groups.get(path)));
  }
}
