import { ShoalError } from '@shoal/sdk/protocol';

/** Those who wait for their turn at most, all in all. */
const MAX_WAITING = 4000;

/** The same under one key. */
const MAX_WAITING_A_KEY = 128;

/** Lets work under one key be done one after the other. */
export class KeyedQueue {
  readonly #lines = new Map<string, { last: Promise<unknown>; size: number }>();
  #waiting = 0;

  /** @throws ShoalError `RATE_LIMITED` when too many wait, or what `work` throws */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), size: 0 };
    if (this.#waiting >= MAX_WAITING || line.size >= MAX_WAITING_A_KEY) {
      throw new ShoalError('RATE_LIMITED', 'Too many users are signing in: try again in some seconds.');
    }
    this.#waiting++;
    line.size++;
    const mine = line.last.then(work, work); // the one before has told its own caller what went wrong
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
