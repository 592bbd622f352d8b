import type { DownloadPriority } from '../api/download.js';

const RANKS = { high: 0, normal: 1, low: 2 } as const;

/** The parent of versions that are fetched to be opened. They have a line of their own, and are in no list. */
export const OPENED_LINE = 'opened';
const OPENED_AT_ONCE = 4;

/** What the queue needs of a download. */
export interface Queueable {
  /** The id of the folder download that this is a part of. */
  readonly parent: string | undefined;
  /** Number of slots for the parts of this download. */
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
 * All downloads in their order. The first of the highest priority among the queued ones starts next. A folder counts as
 * one download; its parts queue among themselves.
 */
export class TransferQueue<Item extends Queueable> {
  #items: readonly Item[] = [];
  /** Number of slots, parts of folders excluded; undefined if there is no limit. */
  atOnce: number | undefined;

  constructor(atOnce: number | undefined) {
    this.atOnce = atOnce;
  }

  get all(): readonly Item[] {
    return this.#items;
  }

  /** All downloads except parts of folders. */
  get wholes(): readonly Item[] {
    return this.#items.filter(({ parent }) => parent === undefined);
  }

  /** Whether there is a free slot: among the parts of one folder, or among all other downloads. */
  hasRoom(parent: string | undefined): boolean {
    return this.#slotsHeld(parent) < this.#slots(parent);
  }

  /** Whether more of these downloads run than there are slots. */
  isOverfull(parent: string | undefined): boolean {
    return this.#slotsHeld(parent) > this.#slots(parent);
  }

  /** The queued downloads, the next first. */
  waiting(parent?: string): readonly Item[] {
    const waiting = this.#items.filter((one) => one.parent === parent && one.handle.isQueued);
    return waiting.sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** The download to start now; undefined if none is queued or no slot is free. */
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
   * Moves a queued download to a position (0 starts next), or the nearest one that its priority allows. It does nothing
   * if the download is not queued.
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
    if (parent === OPENED_LINE) return OPENED_AT_ONCE;
    return this.#items.find(({ handle }) => handle.id === parent)?.partsAtOnce ?? 0;
  }

  /** Number of slots in use. Idle downloads hold none. */
  #slotsHeld(parent: string | undefined): number {
    return this.#items.filter((one) => one.parent === parent && one.handle.isRunning && !one.handle.isIdle).length;
  }
}

function rankOf({ handle }: Queueable): number {
  return RANKS[handle.priority];
}
