/** One after another, and never twice in vain: whoever asks while an act waits for its turn has that one. */
export class CoalescingQueue {
  readonly #last = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  /** @param key acts of one key take turns; what is given must not fail */
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

  /** What comes next waits for nothing that was asked before. */
  clear(): void {
    this.#last.clear();
    this.#waiting.clear();
  }
}
