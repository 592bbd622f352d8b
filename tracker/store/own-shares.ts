import type { NamePage } from './store.js';

/** What one device shares, as a part of the store. */
export interface OwnShareStore {
  /** The names that a device shares in a group, sorted by key. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  listShares(sharer: Sharer, page: NamePage): Promise<string[]>;
  /** Their keys, in the same order; the page starts after a key. @throws ShoalError `GROUP_NOT_FOUND`, `NOT_A_MEMBER` */
  listShareKeys(sharer: Sharer, page: NamePage): Promise<string[]>;
}

/** A device of a user in a group. */
export interface Sharer {
  readonly groupId: string;
  readonly userId: string;
  readonly deviceId: string;
}
