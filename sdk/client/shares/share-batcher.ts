import type { NewShare } from './serving/new-share.js';
import type { ShareManager } from './share-manager.js';

/** Minimum time between two writes: files that complete in between share one flush to the disk. */
const REST_MS = 1000;
/** Maximum number of files that wait for the next write, which bounds memory. */
const MAX_WAITING = 10_000;

/**
 * Shares the completed files of a folder download in batches, one write a batch. A crash loses nothing: the folder's
 * journal lists the files, and the next run shares them.
 */
export class ShareBatcher {
  readonly #shares: ShareManager;
  #waiting: NewShare[] = [];
  #nextAtMs = 0;
  #writing = Promise.resolve();

  constructor(shares: ShareManager) {
    this.#shares = shares;
  }

  /** Adds completed files. @throws the disk's errors for these or earlier files */
  async add(files: readonly NewShare[]): Promise<void> {
    this.#waiting.push(...files);
    if (performance.now() >= this.#nextAtMs || this.#waiting.length > MAX_WAITING) await this.end();
  }

  /** Shares the waiting files, and waits for all writes. @throws the disk's errors */
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
