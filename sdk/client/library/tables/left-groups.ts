import { nameKey } from '../../../protocol/index.js';
import type { Change, LeftGroup } from '../records/library-schema.js';
import type { AccountContext } from './account-context.js';

type LeftChange = Change & { readonly type: 'leftGroup' | 'notLeft' };

/** Groups that the user left while the tracker was away. A record stays until the tracker confirms that the user is no member. */
export class LeftGroups {
  readonly #context: AccountContext;
  readonly #byKey = new Map<string, LeftGroup>();

  constructor(context: AccountContext) {
    this.#context = context;
  }

  get list(): readonly LeftGroup[] {
    return [...this.#byKey.values()];
  }

  has(groupId: string): boolean {
    return this.#byKey.has(nameKey(groupId));
  }

  add(groupId: string): void {
    if (!this.has(groupId)) this.#written({ type: 'leftGroup', group: { groupId } });
  }

  /** The tracker confirmed it, or the user is a member again. */
  remove(groupId: string): void {
    if (this.has(groupId)) this.#written({ type: 'notLeft', groupId });
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: LeftChange): void {
    const key = nameKey(change.type === 'leftGroup' ? change.group.groupId : change.groupId);
    const known = this.#byKey.get(key);
    if (known) this.#context.live.drop(known);
    this.#byKey.delete(key);
    if (change.type === 'notLeft') return;
    this.#byKey.set(key, change.group);
    this.#context.live.add(change.group);
  }

  #written(change: LeftChange): void {
    this.apply(change);
    this.#context.onChange(change);
  }
}
