import { MultiMap } from '../../../program/index.js';
import type { Change, OlderFile } from '../records/library-schema.js';
import { type InGroup, keptKey, type Named, shareKey } from '../records/library-share.js';
import type { AccountContext } from './account-context.js';
import type { ManifestUses } from './manifest-uses.js';
import { RecordIndex } from './record-index.js';

type OlderChange = Change & { readonly type: 'olderFile' | 'noOlderFile' };

/** Maximum number of records of one name, and of all names together. The oldest goes first. */
const MAX_OF_A_NAME = 8;
const MAX_OLDER = 10_000;

/** The user's files with older versions than this device shares under their names. */
export class OlderFiles {
  readonly index = new RecordIndex<OlderFile>();
  readonly #context: AccountContext;
  readonly #manifests: ManifestUses;
  readonly #byKey = new Map<string, OlderFile>();
  #list: readonly OlderFile[] | undefined;
  readonly #byName = new MultiMap<OlderFile>();

  constructor(context: AccountContext, manifests: ManifestUses) {
    this.#context = context;
    this.#manifests = manifests;
  }

  /** The same list while no record changes. */
  get list(): readonly OlderFile[] {
    this.#list ??= [...this.#byKey.values()];
    return this.#list;
  }

  /** Whether exactly this record is in the library. */
  holds(file: OlderFile): boolean {
    return this.#byKey.get(keptKey(file)) === file;
  }

  /** The files with older versions of a name. */
  of(name: Named): OlderFile[] {
    return [...this.#byName.get(shareKey(name))];
  }

  with(content: InGroup): OlderFile[] {
    return this.index.with(content);
  }

  /** Adds a record, or replaces the one of the same content of the name. @returns records that gave way */
  put(file: OlderFile): OlderFile[] {
    const former = [this.#byKey.get(keptKey(file)) ?? []].flat();
    this.#written({ type: 'olderFile', file });
    const oldest = this.#byKey.size > MAX_OLDER ? this.list.slice(0, -MAX_OLDER) : [];
    const beyond = new Set([...this.of(file).slice(0, -MAX_OF_A_NAME), ...oldest]);
    for (const one of beyond) this.remove(one);
    return [...former, ...beyond];
  }

  /** The file is at another path, or has another time. @returns its new record */
  change(file: OlderFile, change: Partial<Pick<OlderFile, 'path' | 'modifiedNs'>>): OlderFile {
    const changed = { ...file, ...change };
    this.#written({ type: 'olderFile', file: changed });
    return changed;
  }

  remove(file: OlderFile): void {
    const { groupId, fileName, manifestId } = file;
    if (this.holds(file)) this.#written({ type: 'noOlderFile', groupId, fileName, manifestId });
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: OlderChange): void {
    const key = keptKey(change.type === 'olderFile' ? change.file : change);
    const known = this.#byKey.get(key);
    this.#list = undefined;
    if (known) {
      this.#byKey.delete(key);
      this.#byName.remove(shareKey(known), known);
      this.index.remove(known);
      this.#context.live.drop(known);
      this.#manifests.remove(known.manifestId);
    }
    if (change.type === 'noOlderFile') return;
    const { file } = change;
    this.#byKey.set(key, file);
    this.#byName.add(shareKey(file), file);
    this.index.add(file);
    this.#context.live.add(file);
    this.#manifests.add(file.manifestId);
  }

  #written(change: OlderChange): void {
    this.apply(change);
    this.#context.onChange(change);
  }
}
