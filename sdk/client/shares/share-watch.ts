import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../disk/index.js';
import type { LibraryShare } from '../local/library-schema.js';

/** How often some shares are looked at, and how many: if there are more, the next ones in turn. */
const LOOK_EVERY_MS = 2000;
const LOOKED_AT = 200;
const AT_ONCE = 8;
/** Some programs remove a file and write it anew: it is gone when it is not there after that time either. */
const CONFIRM_MS = 500;

interface WatchContext {
  shares(): readonly LibraryShare[];
  /** Whether a share's file can be looked at: it is served, and its disk answers. */
  isToBeLookedAt(share: LibraryShare): boolean;
  /** These files were deleted. */
  onDeleted(shares: readonly LibraryShare[]): void;
}

interface WatchTimes {
  readonly lookEveryMs: number;
  readonly confirmMs: number;
}

/**
 * Finds shared files that were deleted, so that nobody is sent here for them. A disk that was taken away is another matter: where the
 * nearest folder that is left is on another disk than the file was, nothing is concluded.
 */
export class ShareWatch {
  readonly #context: WatchContext;
  readonly #times: WatchTimes;
  readonly #stop = new AbortController();
  /** On which disk each file was. */
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
      // It is closed.
    }
  }

  /** Looks at the next shares; and where some of them are missing at once at those behind them, for a folder's files go together. */
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

  /** Those whose files were on disks that are there, and are not. */
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
    // One that was not seen yet has been served for moments only: its folder is enough.
    if (before === undefined) return typeof (await deviceOf(dirname(share.path))) === 'number';
    return before === (await deviceOfNearest(share.path));
  }
}

/** The disk of what is at a path; `none` where nothing is, `unknown` where that cannot be told. */
async function deviceOf(path: string): Promise<number | 'none' | 'unknown'> {
  return stat(path).then(
    ({ dev }) => dev,
    (error: unknown) => (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' ? 'none' : 'unknown'),
  );
}

/** The disk of the nearest folder above a path that is there. */
async function deviceOfNearest(path: string): Promise<number | undefined> {
  for (let at = dirname(path); ; at = dirname(at)) {
    const device = await deviceOf(at);
    if (device === 'unknown') return undefined;
    if (device !== 'none') return device;
    if (at === dirname(at)) return undefined;
  }
}
