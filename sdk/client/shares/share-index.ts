import { nameKey } from '../../protocol/index.js';
import type { Account, LibraryShare } from '../local/library-schema.js';
import { shareKey } from '../local/library-share.js';

const INDEXES = new WeakMap<Account, ShareIndex>();

/** The shares of an account by their names: to find one, or to put one more, costs the same however many there are. */
export class ShareIndex {
  readonly #account: Account;
  readonly #byKey: Map<string, LibraryShare>;

  private constructor(account: Account) {
    this.#account = account;
    this.#byKey = new Map(account.shares.map((share) => [shareKey(share), share]));
    if (this.#byKey.size < account.shares.length) account.shares = [...this.#byKey.values()]; // somebody wrote one twice
  }

  /** An account has one, whoever is at it. */
  static of(account: Account): ShareIndex {
    const index = INDEXES.get(account) ?? new ShareIndex(account);
    INDEXES.set(account, index);
    return index;
  }

  get all(): readonly LibraryShare[] {
    return this.#account.shares;
  }

  has(share: LibraryShare): boolean {
    return this.#byKey.get(shareKey(share)) === share;
  }

  find(groupId: string, fileName: string): LibraryShare | undefined {
    return this.#byKey.get(shareKey({ groupId, fileName }));
  }

  inGroup(groupId: string): LibraryShare[] {
    const key = nameKey(groupId);
    return this.all.filter((share) => nameKey(share.groupId) === key);
  }

  /** Puts shares in the place of those of the same names, which are given back. */
  put(added: readonly LibraryShare[]): LibraryShare[] {
    const last = new Map(added.map((share) => [shareKey(share), share]));
    const replaced = [...last.keys()].flatMap((key) => this.#byKey.get(key) ?? []);
    this.remove(replaced);
    for (const [key, share] of last) {
      this.#byKey.set(key, share);
      this.#account.shares.push(share);
    }
    return replaced;
  }

  remove(shares: readonly LibraryShare[]): void {
    if (shares.length === 0) return;
    for (const share of shares) if (this.has(share)) this.#byKey.delete(shareKey(share));
    const gone = new Set(shares);
    this.#account.shares = this.#account.shares.filter((share) => !gone.has(share));
  }
}
