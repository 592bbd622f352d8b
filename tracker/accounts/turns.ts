import { ShoalError } from '@shoal/sdk/protocol';

/** Those who wait for their turn at most, all in all. */
const MAX_WAITING = 1000;

/** Lets work under one key be done one after the other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  #waiting = 0;

  /** @throws ShoalError `RATE_LIMITED` when too many wait, or what `work` throws */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new ShoalError('RATE_LIMITED', 'Too many people sign in at once: try again in some seconds.');
    }
    this.#waiting++;
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work); // the one before has told its own caller what went wrong
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      this.#waiting--;
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
