import type { ShoalError } from '@shoal/sdk/protocol';

export interface KeyedQueueBounds {
  /** Waiting tasks in total. */
  readonly waiting: number;
  /** Waiting tasks under one key. */
  readonly waitingForKey: number;
  /** The error beyond them. */
  readonly refuse: () => ShoalError;
}

/** Runs tasks with the same key one after the other. */
export class KeyedQueue {
  readonly #lines = new Map<string, { last: Promise<unknown>; size: number }>();
  readonly #bounds: KeyedQueueBounds;
  #waiting = 0;

  constructor(bounds: KeyedQueueBounds) {
    this.#bounds = bounds;
  }

  /** Runs a task in its turn. @throws the error of the bounds if too many wait; the errors of `work` */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), size: 0 };
    const { waiting, waitingForKey, refuse } = this.#bounds;
    if (this.#waiting >= waiting || line.size >= waitingForKey) throw refuse();
    this.#waiting++;
    line.size++;
    const mine = line.last.then(work, work); // the previous task reports its error to its own caller
    line.last = mine;
    this.#lines.set(key, line);
    try {
      return await mine;
    } finally {
      this.#waiting--;
      line.size--;
      if (line.size === 0) this.#lines.delete(key);
    }
  }
}
