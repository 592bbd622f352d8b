import type { KeptShare, ShareManager } from './share-manager.js';

/** The library is written whole: it is given this many times the rest that the last writing took. */
const REST = 10;
const LEAST_REST_MS = 1000;
/** Files that wait to be shared on, at most: they are memory. */
const MAX_WAITING = 10_000;

/**
 * Has the files of a folder shared on as they are done, many in one write. A crash meanwhile loses nothing: the folder's journal vouches
 * for them, and the next try shares them on.
 */
export class ShareBatcher {
  readonly #shares: ShareManager;
  #waiting: KeptShare[] = [];
  #nextAtMs = 0;
  #writing = Promise.resolve();

  constructor(shares: ShareManager) {
    this.#shares = shares;
  }

  /** Files are done. @throws the disk's errors, of these files or of earlier ones */
  async add(files: readonly KeptShare[]): Promise<void> {
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

  async #write(files: readonly KeptShare[]): Promise<void> {
    const startedMs = performance.now();
    this.#nextAtMs = Infinity;
    await this.#shares.keepAll(files);
    const nowMs = performance.now();
    this.#nextAtMs = nowMs + Math.max(LEAST_REST_MS, REST * (nowMs - startedMs));
  }
}
