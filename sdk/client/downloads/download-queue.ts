import type { DownloadHandle } from './download-handle.js';

const RANKS = { high: 0, normal: 1, low: 2 } as const;

/** What is to be known of a download to say whose turn it is. */
export interface Queueable {
  readonly handle: Pick<DownloadHandle, 'isQueued' | 'isRunning' | 'isIdle' | 'priority'>;
}

/** All downloads in their order, and which of them is to begin: the first of the highest priority that waits. */
export class DownloadQueue<Entry extends Queueable> {
  #entries: readonly Entry[] = [];
  /** How many may run; undefined: any number. */
  atOnce: number | undefined;

  constructor(atOnce: number | undefined) {
    this.atOnce = atOnce;
  }

  /** All, whatever they are at. */
  get all(): readonly Entry[] {
    return this.#entries;
  }

  /** Whether another may run. */
  get hasRoom(): boolean {
    return this.#slotsHeld < (this.atOnce ?? Infinity);
  }

  /** Whether more run than may. */
  get isOverfull(): boolean {
    return this.#slotsHeld > (this.atOnce ?? Infinity);
  }

  /** What waits for a source holds none. */
  get #slotsHeld(): number {
    return this.#entries.filter(({ handle }) => handle.isRunning && !handle.isIdle).length;
  }

  /** Those that wait for their turn: the next first. */
  get waiting(): readonly Entry[] {
    const waiting = this.#entries.filter(({ handle }) => handle.isQueued);
    return waiting.sort((one, other) => rankOf(one) - rankOf(other));
  }

  /** Who is to begin now; undefined when nobody waits, or nobody may. */
  get next(): Entry | undefined {
    return this.hasRoom ? this.waiting[0] : undefined;
  }

  add(entry: Entry): void {
    this.#entries = [...this.#entries, entry];
  }

  remove(entry: Entry): void {
    this.#entries = this.#entries.filter((one) => one !== entry);
  }

  /**
   * Puts one that waits at a place among those that wait, 0 being the next; as near to it as its priority lets it.
   * Nothing happens to one that does not wait.
   */
  move(entry: Entry, position: number): void {
    if (!entry.handle.isQueued) return;
    const others = this.waiting.filter((one) => one !== entry);
    const before = others.filter((one) => rankOf(one) < rankOf(entry)).length;
    const peers = others.filter((one) => rankOf(one) === rankOf(entry));
    const place = Math.max(0, position - before);
    const [successor, last] = [peers[place], peers.at(-1)];
    if (!last) return;
    const rest = this.#entries.filter((one) => one !== entry);
    const index = successor ? rest.indexOf(successor) : rest.indexOf(last) + 1;
    this.#entries = [...rest.slice(0, index), entry, ...rest.slice(index)];
  }
}

function rankOf({ handle }: Queueable): number {
  return RANKS[handle.priority];
}
