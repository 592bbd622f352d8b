import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../disk/index.js';
import type { LibraryShare } from '../local/library-schema.js';

/** Interval between two looks, and the number of shares in each. More shares are examined in turn. */
const LOOK_EVERY_MS = 2000;
const LOOKED_AT = 200;
const AT_ONCE = 8;
/**
 * Some programs replace a file by deleting and recreating it. A file counts as deleted if it is still missing after
 * this time.
 */
const CONFIRM_MS = 500;

interface WatchContext {
  shares(): readonly LibraryShare[];
  /** Whether a share's file can be examined: it is served, and its disk responds. */
  isToBeLookedAt(share: LibraryShare): boolean;
  onDeleted(shares: readonly LibraryShare[]): void;
}

interface WatchTimes {
  readonly lookEveryMs: number;
  readonly confirmMs: number;
}

/**
 * Finds deleted files of shares, so that the tracker stops naming this device as their source. An unmounted disk is not
 * a deletion: nothing is concluded if the nearest existing folder is on another disk than the file was.
 */
export class ShareWatch {
  readonly #context: WatchContext;
  readonly #times: WatchTimes;
  readonly #stop = new AbortController();
  /** The disk of each file when it was last seen. */
  readonly #devices = new WeakMap<LibraryShare, number>();
  #next = 0;

  constructor(context: WatchContext, times = { lookEveryMs: LOOK_EVERY_MS, confirmMs: CONFIRM_MS }) {
    this.#context = context;
    this.#times = times;
    void this.#run();
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (;;) {
        await sleep(this.#times.lookEveryMs, undefined, { signal, ref: false });
        const missing = await this.#nextMissing();
        if (missing.length === 0) continue;
        await sleep(this.#times.confirmMs, undefined, { signal, ref: false });
        const deleted = await this.#missing(missing);
        if (deleted.length > 0 && !signal.aborted) this.#context.onDeleted(deleted);
      }
    } catch {
      // The watch is closed.
    }
  }

  /**
   * Examines the next shares. If some are missing, it continues with the ones that follow, because the files of a
   * folder are often deleted together.
   */
  async #nextMissing(): Promise<LibraryShare[]> {
    const all: LibraryShare[] = [];
    const shares = this.#context.shares();
    for (let left = shares.length; left > 0; left -= LOOKED_AT) {
      const missing = await this.#missing(this.#take(shares));
      all.push(...missing);
      if (missing.length === 0) break;
    }
    return all;
  }

  /** The next shares in turn. */
  #take(shares: readonly LibraryShare[]): LibraryShare[] {
    if (this.#next >= shares.length) this.#next = 0;
    const taken = shares.slice(this.#next, this.#next + LOOKED_AT);
    this.#next += LOOKED_AT;
    return taken;
  }

  /** The shares whose files are missing although their disks are present. */
  async #missing(shares: readonly LibraryShare[]): Promise<LibraryShare[]> {
    const missing: LibraryShare[] = [];
    const waiting = shares.filter((share) => this.#context.isToBeLookedAt(share));
    const lane = async () => {
      for (let share = waiting.pop(); share && !this.#stop.signal.aborted; share = waiting.pop())
        if (await this.#isMissing(share)) missing.push(share);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return missing;
  }

  async #isMissing(share: LibraryShare): Promise<boolean> {
    const device = await deviceOf(share.path);
    if (device === 'unknown') return false;
    if (device !== 'none') {
      this.#devices.set(share, device);
      return false;
    }
    const before = this.#devices.get(share);
    // A file that was never seen was served only a moment ago: an existing folder is proof enough.
    if (before === undefined) return typeof (await deviceOf(dirname(share.path))) === 'number';
    return before === (await deviceOfNearest(share.path));
  }
}

/** The disk of a path; `none` if nothing exists there, `unknown` after any other error. */
async function deviceOf(path: string): Promise<number | 'none' | 'unknown'> {
  return stat(path).then(
    ({ dev }) => dev,
    (error: unknown) => (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' ? 'none' : 'unknown'),
  );
}

/** The disk of the nearest existing folder above a path. */
async function deviceOfNearest(path: string): Promise<number | undefined> {
  for (let at = dirname(path); ; at = dirname(at)) {
    const device = await deviceOf(at);
    if (device === 'unknown') return undefined;
    if (device !== 'none') return device;
    if (at === dirname(at)) return undefined;
  }
}
