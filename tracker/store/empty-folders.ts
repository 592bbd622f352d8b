import type { NamePage } from './store.js';

/** The empty folders of groups, as a part of the store. */
export interface EmptyFolderStore {
  /**
   * Replaces the empty folders below a folder. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER`; `FILE_NOT_FOUND` if the group has
   * no file below the folder; `NOT_SHARED` if the user neither shares one nor owns the group; `QUOTA_EXCEEDED`
   */
  setEmptyFolders(list: EmptyFolderList): Promise<void>;
  /**
   * The empty folders below a folder, sorted by key; none if the group has no file there. @throws ShoalError `GROUP_NOT_FOUND`,
   * `NOT_A_MEMBER`
   */
  listEmptyFolders(groupId: string, userId: string, folder: string, page: NamePage): Promise<string[]>;
}

export interface EmptyFolderList {
  readonly groupId: string;
  readonly userId: string;
  readonly folder: string;
  /** Names in the group. Each lies below the folder. */
  readonly empty: readonly string[];
}
