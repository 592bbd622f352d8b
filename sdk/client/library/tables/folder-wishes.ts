import { nameKey } from '../../../protocol/index.js';
import type { Change, SharedFolderRecord } from '../records/library-schema.js';
import type { LiveBytes } from './live-bytes.js';

type FolderChange = Change & { readonly type: 'sharedFolder' | 'noSharedFolder' };
type FolderName = Pick<SharedFolderRecord, 'groupId' | 'folder'>;

interface WishesContext {
  /** Receives each change to write. */
  onChange(change: FolderChange): void;
  readonly live: LiveBytes;
}

/** The folders that the user shares, by group and name, until the user ends them. */
export class FolderWishes {
  readonly #context: WishesContext;
  readonly #byKey = new Map<string, SharedFolderRecord>();

  constructor(context: WishesContext) {
    this.#context = context;
  }

  get list(): readonly SharedFolderRecord[] {
    return [...this.#byKey.values()];
  }

  find(name: FolderName): SharedFolderRecord | undefined {
    return this.#byKey.get(folderKey(name));
  }

  /** The innermost shared folder that a file's name in the group lies in. */
  around(groupId: string, fileName: string): SharedFolderRecord | undefined {
    const key = folderKey({ groupId, folder: fileName });
    for (let end = key.lastIndexOf('/'); end >= 0; end = key.lastIndexOf('/', end - 1)) {
      const record = this.#byKey.get(key.slice(0, end));
      if (record || end === 0) return record;
    }
    return undefined;
  }

  /** Adds a record, or replaces the one of the same name. */
  put(record: SharedFolderRecord): void {
    this.#written({ type: 'sharedFolder', record });
  }

  remove({ groupId, folder }: FolderName): void {
    if (this.find({ groupId, folder })) this.#written({ type: 'noSharedFolder', groupId, folder });
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: FolderChange): void {
    const key = folderKey(change.type === 'sharedFolder' ? change.record : change);
    const known = this.#byKey.get(key);
    if (known) this.#context.live.drop(known);
    this.#byKey.delete(key);
    if (change.type === 'noSharedFolder') return;
    this.#byKey.set(key, change.record);
    this.#context.live.add(change.record);
  }

  #written(change: FolderChange): void {
    this.apply(change);
    this.#context.onChange(change);
  }
}

/** A key that is equal for all spellings of a group's and a folder's name. */
export function folderKey({ groupId, folder }: FolderName): string {
  return `${nameKey(groupId)}\n${nameKey(folder)}`;
}
