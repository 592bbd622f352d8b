import { ShoalError } from '@shoal/sdk/protocol';

/** Waiting tasks in total. */
const MAX_WAITING = 4000;

/** Waiting tasks under one key. */
const MAX_WAITING_A_KEY = 128;

/** Runs tasks with the same key one after the other. */
export class KeyedQueue {
  readonly #lines = new Map<string, { last: Promise<unknown>; size: number }>();
  #waiting = 0;

  /** Runs a task in its turn. @throws ShoalError `RATE_LIMITED` if too many wait; the errors of `work` */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), size: 0 };
    if (this.#waiting >= MAX_WAITING || line.size >= MAX_WAITING_A_KEY) {
      throw new ShoalError('RATE_LIMITED', 'Too many users are signing in: try again in some seconds.');
    }
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
