import { nameKey } from '@shoal/sdk/protocol';

/** The keys of lists of users. They are kept as long as the list, because one list of members is used for many events. */
export class UserKeys {
  readonly #known = new WeakMap<readonly string[], ReadonlySet<string>>();

  of(userIds: readonly string[]): ReadonlySet<string> {
    const keys = this.#known.get(userIds) ?? new Set(userIds.map(nameKey));
    this.#known.set(userIds, keys);
    return keys;
  }
}
