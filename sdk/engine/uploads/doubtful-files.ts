import type { Cancel, Clock } from '../util/clock.js';

/** Time in which whoever serves a doubtful file finds out what it is. Readers wait as long, and then use other sources. */
export const MAX_DOUBT_MS = 10_000;

/**
 * Complete files whose stamp or path is no longer that of the order to serve them. They may have the same content, for
 * example after a save by renaming. Reads wait until the file is served again or given up.
 */
export class DoubtfulFiles {
  readonly #clock: Clock;
  /** The end of each doubt, by path. */
  readonly #ends = new Map<string, Cancel>();
  /** Reads that wait. */
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#ends.size === 0;
  }

  get paths(): string[] {
    return [...this.#ends.keys()];
  }

  has(path: string): boolean {
    return this.#ends.has(path);
  }

  /** @param onOver nobody found out what the file is */
  add(path: string, onOver: () => void): void {
    this.#ends.get(path)?.();
    this.#ends.set(path, this.#clock.after(MAX_DOUBT_MS, onOver));
  }

  /** The file is served again, or given up. */
  remove(path: string): void {
    this.#ends.get(path)?.();
    if (this.#ends.delete(path)) this.wake();
  }

  /** Another file has the content: the reads that wait go on. */
  wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves when one of the files is served again or given up, or another file has the content. */
  get settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
