/** Runs acts one after the other; a caller shares an act that is still waiting. */
export class CoalescingQueue {
  readonly #last = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  /** @param key acts with the same key alternate; an act must not fail */
  take(key: string, act: () => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(key);
    if (waiting) return waiting;
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(() => {
      if (this.#waiting.get(key) === turn) this.#waiting.delete(key);
      return act();
    });
    this.#waiting.set(key, turn);
    this.#last.set(key, turn);
    return turn;
  }

  /** Lets the next act start without waiting for earlier ones. */
  clear(): void {
    this.#last.clear();
    this.#waiting.clear();
  }
}
