import { nameKey } from '../../../protocol/index.js';
import type { Change, LibraryKept } from '../records/library-schema.js';
import { type InGroup, keptKey, type Named, shareKey } from '../records/library-share.js';
import type { KeptIndex } from './kept-index.js';
import type { LiveBytes } from './live-bytes.js';
import type { ManifestUses } from './manifest-uses.js';
import { RecordIndex } from './record-index.js';

type KeptChange = Change & { readonly type: 'kept' | 'notKept' };

interface KeptContext {
  /** Receives each change to write. */
  onChange(change: KeptChange): void;
  readonly live: LiveBytes;
  /** The kept contents of all accounts. */
  readonly kept: KeptIndex;
}

/** An account's records of the contents that are kept in the data folder. */
export class KeptRecords {
  readonly index = new RecordIndex<LibraryKept>();
  readonly #context: KeptContext;
  readonly #manifests: ManifestUses;
  readonly #byKey = new Map<string, LibraryKept>();
  readonly #byName = new Map<string, Set<LibraryKept>>();

  constructor(context: KeptContext, manifests: ManifestUses) {
    this.#context = context;
    this.#manifests = manifests;
  }

  get list(): readonly LibraryKept[] {
    return [...this.#byKey.values()];
  }

  /** Whether exactly this record is in the library. */
  holds(kept: LibraryKept): boolean {
    return this.#byKey.get(keptKey(kept)) === kept;
  }

  /** The records of a content in a group. */
  with(content: InGroup): LibraryKept[] {
    return this.index.with(content);
  }

  /** The kept contents of a file. */
  of(name: Named): LibraryKept[] {
    return [...(this.#byName.get(shareKey(name)) ?? [])];
  }

  inGroup(groupId: string): LibraryKept[] {
    const key = nameKey(groupId);
    return this.list.filter((kept) => nameKey(kept.groupId) === key);
  }

  /** Adds a record, or replaces the one of the same file and content. */
  put(kept: LibraryKept): void {
    this.#written({ type: 'kept', kept });
  }

  /** Changes a record, unless it was removed meanwhile. */
  change(kept: LibraryKept, changes: Partial<Pick<LibraryKept, 'version' | 'modifiedNs' | 'neededAtMs'>>): void {
    Object.assign(kept, changes);
    if (this.holds(kept)) this.#context.onChange({ type: 'kept', kept });
  }

  remove(kept: LibraryKept): void {
    const { groupId, fileName, manifestId } = kept;
    if (this.holds(kept)) this.#written({ type: 'notKept', groupId, fileName, manifestId });
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: KeptChange): void {
    const key = keptKey(change.type === 'kept' ? change.kept : change);
    const known = this.#byKey.get(key);
    if (known) this.#remove(key, known);
    if (change.type === 'notKept') return;
    const { kept } = change;
    this.#byKey.set(key, kept);
    this.index.add(kept);
    const ofName = this.#byName.get(shareKey(kept));
    if (ofName) ofName.add(kept);
    else this.#byName.set(shareKey(kept), new Set([kept]));
    this.#context.live.add(kept);
    this.#context.kept.add(kept);
    this.#manifests.add(kept.manifestId);
  }

  #remove(key: string, kept: LibraryKept): void {
    this.#byKey.delete(key);
    this.index.remove(kept);
    const ofName = this.#byName.get(shareKey(kept));
    if (ofName?.delete(kept) && ofName.size === 0) this.#byName.delete(shareKey(kept));
    this.#context.live.drop(kept);
    this.#context.kept.remove(kept);
    this.#manifests.remove(kept.manifestId);
  }

  #written(change: KeptChange): void {
    this.apply(change);
    this.#context.onChange(change);
  }
}
