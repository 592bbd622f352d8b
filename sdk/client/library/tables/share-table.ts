import { nameKey } from '../../../protocol/index.js';
import type { LibraryShare } from '../records/library-schema.js';
import { type InGroup, type Named, shareKey } from '../records/library-share.js';
import { RecordIndex } from './record-index.js';

/** The share records of an account, by name and by content. Only `ended`, `all` and `inGroup` contain ended shares. */
export class ShareTable {
  readonly #records = new Map<string, LibraryShare>();
  /** Without ended shares. */
  readonly index = new RecordIndex<LibraryShare>();
  readonly #ended = new Set<LibraryShare>();
  /** Cache of `list`, until a share changes. */
  #listed: readonly LibraryShare[] | undefined;

  /** Ended shares included, since they take space in the library. */
  get size(): number {
    return this.#records.size;
  }

  get list(): readonly LibraryShare[] {
    this.#listed ??= [...this.#records.values()].filter((share) => !share.ended);
    return this.#listed;
  }

  get ended(): readonly LibraryShare[] {
    return [...this.#ended];
  }

  get all(): Iterable<LibraryShare> {
    return this.#records.values();
  }

  find(name: Named): LibraryShare | undefined {
    const share = this.#records.get(shareKey(name));
    return share?.ended ? undefined : share;
  }

  /** Whether there is a share of this name, ended or not. */
  hasRecord(name: Named): boolean {
    return this.#records.has(shareKey(name));
  }

  /** Whether exactly this record is in the table, ended or not. */
  holds(share: LibraryShare): boolean {
    return this.#records.get(shareKey(share)) === share;
  }

  with(content: InGroup): LibraryShare[] {
    return this.index.with(content);
  }

  inGroup(groupId: string): LibraryShare[] {
    const prefix = `${nameKey(groupId)}\n`; // share keys are cached, folded group names are not
    return [...this.#records.values()].filter((share) => shareKey(share).startsWith(prefix));
  }

  /** Adds a record. @returns the record of the same name that it replaces */
  put(share: LibraryShare): LibraryShare | undefined {
    const replaced = this.#remove(share);
    this.#records.set(shareKey(share), share);
    if (share.ended) this.#ended.add(share);
    else this.index.add(share);
    return replaced;
  }

  /** Moves a record of the table to the ended ones. */
  end(share: LibraryShare): void {
    this.index.remove(share);
    this.#ended.add(share);
    this.#listed = undefined;
  }

  remove(name: Named): LibraryShare | undefined {
    const removed = this.#remove(name);
    this.#records.delete(shareKey(name));
    return removed;
  }

  #remove(name: Named): LibraryShare | undefined {
    this.#listed = undefined;
    const there = this.#records.get(shareKey(name));
    if (!there) return undefined;
    this.index.remove(there);
    this.#ended.delete(there);
    return there;
  }
}
