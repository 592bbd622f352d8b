import { nameKey } from '../../../protocol/index.js';
import type { Change, LibraryShare, RemovedFile } from '../records/library-schema.js';
import type { AccountContext } from './account-context.js';

type RemovedChange = Change & { readonly type: 'removedFile' | 'noRemovedFile' };

/** Maximum number of records. The oldest goes first: its file then counts as the user's own. */
const MAX_REMOVED = 10_000;

/** Downloaded files that their group removed. They stay on the disk until the user has them deleted. */
export class RemovedFiles {
  readonly #context: AccountContext;
  readonly #byPlace = new Map<string, RemovedFile>();

  constructor(context: AccountContext) {
    this.#context = context;
  }

  get list(): readonly RemovedFile[] {
    return [...this.#byPlace.values()];
  }

  /** Records the files of shares that end because the group removed them. The user's own publications do not count. */
  add(shares: readonly LibraryShare[]): void {
    for (const { groupId, fileName, path, manifestId, sizeBytes, modifiedNs, published, copies = [] } of shares) {
      if (published) continue;
      for (const at of [{ path, modifiedNs }, ...copies])
        this.#written({ type: 'removedFile', file: { groupId, fileName, manifestId, sizeBytes, ...at } });
    }
    for (const { groupId, path } of this.list.slice(0, Math.max(0, this.#byPlace.size - MAX_REMOVED)))
      this.#written({ type: 'noRemovedFile', groupId, path });
  }

  /** Whether the group removed the file that was downloaded to this path. */
  has({ groupId, path }: Pick<RemovedFile, 'groupId' | 'path'>): boolean {
    return this.#byPlace.has(keyOf(groupId, path));
  }

  drop({ groupId, path }: Pick<RemovedFile, 'groupId' | 'path'>): void {
    if (this.#byPlace.has(keyOf(groupId, path))) this.#written({ type: 'noRemovedFile', groupId, path });
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: RemovedChange): void {
    const { groupId, path } = change.type === 'removedFile' ? change.file : change;
    const key = keyOf(groupId, path);
    const known = this.#byPlace.get(key);
    if (known) this.#context.live.drop(known);
    this.#byPlace.delete(key);
    if (change.type === 'noRemovedFile') return;
    this.#byPlace.set(key, change.file);
    this.#context.live.add(change.file);
  }

  #written(change: RemovedChange): void {
    this.apply(change);
    this.#context.onChange(change);
  }
}

function keyOf(groupId: string, path: string): string {
  return `${nameKey(groupId)}\0${path}`;
}
