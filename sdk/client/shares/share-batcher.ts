import type { NewShare } from './share-intake.js';
import type { ShareManager } from './share-manager.js';

/** Files that are done within this time are shared on together: the disk is waited for once. */
const REST_MS = 1000;
/** Files that wait to be shared on, at most: they are memory. */
const MAX_WAITING = 10_000;

/**
 * Has the files of a folder shared on as they are done, many in one write. A crash meanwhile loses nothing: the folder's journal vouches
 * for them, and the next try shares them on.
 */
export class ShareBatcher {
  readonly #shares: ShareManager;
  #waiting: NewShare[] = [];
  #nextAtMs = 0;
  #writing = Promise.resolve();

  constructor(shares: ShareManager) {
    this.#shares = shares;
  }

  /** Files are done. @throws the disk's errors, of these files or of earlier ones */
  async add(files: readonly NewShare[]): Promise<void> {
    this.#waiting.push(...files);
    if (performance.now() >= this.#nextAtMs || this.#waiting.length > MAX_WAITING) await this.end();
  }

  /** Shares on what waits, and waits for what is being written. @throws the disk's errors */
  end(): Promise<void> {
    const files = this.#waiting;
    this.#waiting = [];
    if (files.length > 0) this.#writing = this.#writing.then(() => this.#write(files));
    return this.#writing;
  }

  async #write(files: readonly NewShare[]): Promise<void> {
    this.#nextAtMs = Infinity;
    await this.#shares.keep(files);
    this.#nextAtMs = performance.now() + REST_MS;
  }
}
