import type { DownloadPriority } from '../api/download.js';

const RANKS = { high: 0, normal: 1, low: 2 } as const;

/** What the queue has to know of a download. */
export interface Queueable {
  /** The id of the folder download that it is a part of. */
  readonly parent: string | undefined;
  /** How many of its own parts may run now. */
  readonly partsAtOnce: number;
  readonly handle: {
    readonly id: string;
    readonly isQueued: boolean;
    readonly isRunning: boolean;
    readonly isIdle: boolean;
    readonly priority: DownloadPriority;
  };
}

/**
 * All downloads in their order, and which of them is to begin: the first of the highest priority that waits. A folder is one of them, and its parts
 * wait among themselves.
 */
export class TransferQueue<Item extends Queueable> {
  #items: readonly Item[] = [];
  /** How many may run, parts aside; undefined: any number. */
  atOnce: number | undefined;

  constructor(atOnce: number | undefined) {
    this.atOnce = atOnce;
  }

  /** All, whatever they are at. */
  get all(): readonly Item[] {
    return this.#items;
  }

  /** All but the parts of folders. */
  get wholes(): readonly Item[] {
    return this.#items.filter(({ parent }) => parent === undefined);
  }

  /** Whether another may run beside its siblings: the parts of the same folder, or all that are no parts. */
  hasRoom(parent: string | undefined): boolean {
    return this.#slotsHeld(parent) < this.#slots(parent);
  }

  /** Whether more of its siblings run than may. */
  isOverfull(parent: string | undefined): boolean {
    return this.#slotsHeld(parent) > this.#slots(parent);
  }

  /** Those that wait in the queue: the next first. */
  waiting(parent?: string): readonly Item[] {
    const waiting = this.#items.filter((one) => one.parent === parent && one.handle.isQueued);
    return waiting.sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** Who is to begin now; undefined when nobody waits, or nobody may. */
  get next(): Item | undefined {
    const lines = new Set(this.#items.flatMap(({ parent, handle }) => (handle.isQueued ? [parent] : [])));
    for (const parent of lines) if (this.hasRoom(parent)) return this.waiting(parent)[0];
    return undefined;
  }

  add(item: Item): void {
    this.#items = [...this.#items, item];
  }

  remove(item: Item): void {
    this.#items = this.#items.filter((one) => one !== item);
  }

  /**
   * Puts one that waits at a place among those that wait, 0 being the next; as near to it as its priority lets it.
   * Nothing happens to one that does not wait.
   */
  move(item: Item, position: number): void {
    if (!item.handle.isQueued) return;
    const others = this.waiting(item.parent).filter((one) => one !== item);
    const before = others.filter((one) => rankOf(one) < rankOf(item)).length;
    const equals = others.filter((one) => rankOf(one) === rankOf(item));
    const place = Math.max(0, position - before);
    const [successor, last] = [equals[place], equals.at(-1)];
    if (!last) return;
    const rest = this.#items.filter((one) => one !== item);
    const index = successor ? rest.indexOf(successor) : rest.indexOf(last) + 1;
    this.#items = [...rest.slice(0, index), item, ...rest.slice(index)];
  }

  #slots(parent: string | undefined): number {
    if (parent === undefined) return this.atOnce ?? Infinity;
    return this.#items.find(({ handle }) => handle.id === parent)?.partsAtOnce ?? 0;
  }

  /** What waits for a source holds none. */
  #slotsHeld(parent: string | undefined): number {
    return this.#items.filter((one) => one.parent === parent && one.handle.isRunning && !one.handle.isIdle).length;
  }
}

function rankOf({ handle }: Queueable): number {
  return RANKS[handle.priority];
}
