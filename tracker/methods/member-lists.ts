import { nameKey, ShoalError } from '@shoal/sdk/protocol';
import type { Store } from '../store/store.js';

/** Names of members in memory, of all groups together. The group that was told something longest ago is forgotten first. */
const MAX_NAMES = 200_000;

interface List {
  /** Names the members: they are the same as long as it is. */
  readonly state: string;
  readonly userIds: readonly string[];
}

/**
 * The members of groups, for events: each event to a group needs all of them. A list is read again when the state of its members is
 * another one, so that an event costs one row, however many members there are.
 */
export class MemberLists {
  readonly #store: Pick<Store, 'membership' | 'listMembers'>;
  readonly #lists = new Map<string, List>();
  #names = 0;

  constructor(store: Pick<Store, 'membership' | 'listMembers'>) {
    this.#store = store;
  }

  /** The members of a group; none if it was dissolved meanwhile. A list that did not change is the same object. */
  async of(groupId: string): Promise<readonly string[]> {
    const key = nameKey(groupId);
    try {
      const { state, members } = await this.#store.membership(groupId);
      const known = this.#take(key);
      if (known?.state === state) return this.#keep(key, known);
      const userIds = (await this.#store.listMembers(groupId)).map(({ userId }) => userId);
      // Members came or went in between: the list belongs to another state.
      return userIds.length === members ? this.#keep(key, { state, userIds }) : userIds;
    } catch (error) {
      if (error instanceof ShoalError && error.code === 'GROUP_NOT_FOUND') return [];
      throw error;
    }
  }

  #take(key: string): List | undefined {
    const known = this.#lists.get(key);
    this.#names -= known?.userIds.length ?? 0;
    this.#lists.delete(key);
    return known;
  }

  #keep(key: string, list: List): readonly string[] {
    this.#take(key); // another request may have been faster
    this.#lists.set(key, list);
    this.#names += list.userIds.length;
    for (const oldest of this.#lists.keys()) {
      if (this.#names <= MAX_NAMES) break;
      this.#take(oldest);
    }
    return list.userIds;
  }
}
