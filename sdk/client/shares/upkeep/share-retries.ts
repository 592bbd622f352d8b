import { dirname } from 'node:path';
import { backOffMs } from '../../../program/index.js';
import type { LibraryShare } from '../../library/records/library-schema.js';

/** Interval of looks for what is missing or due, and the number of missing places in each; more are examined in turn. */
const LOOK_EVERY_MS = 1000;
const LOOKED_AT = 200;
/** First and longest interval between retries of unreadable files, and of files that are being written. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;
/** Unreadable shares of a folder that are tried. If none can be read, the others wait. */
const TRIED = 16;

interface RetryContext {
  /** Whether a share still exists. */
  isWished(share: LibraryShare): boolean;
  /** Whether something is at a path; for a disk that does not answer: false. */
  isThere(path: string): Promise<boolean>;
  /** Examines shares. Those that are still missing or unreadable are added again. */
  check(shares: readonly LibraryShare[]): Promise<void>;
}

interface Unreadable {
  readonly shares: Set<LibraryShare>;
  attempts: number;
  dueMs: number;
}

/**
 * Looks for the files of shares that are missing, and retries unreadable ones, until they can be served. Many shares wait
 * for one place: the topmost folder that is missing, or the folder with unreadable files.
 */
export class ShareRetries {
  readonly #context: RetryContext;
  readonly #lookEveryMs: number;
  /** By the topmost missing path. */
  readonly #missing = new Map<string, Set<LibraryShare>>();
  /** By folder. */
  readonly #unreadable = new Map<string, Unreadable>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(context: RetryContext, lookEveryMs = LOOK_EVERY_MS) {
    this.#context = context;
    this.#lookEveryMs = lookEveryMs;
  }

  /** A share waits until something is at one of these places. */
  addMissing(share: LibraryShare, places: readonly string[]): void {
    for (const place of places) {
      const waiting = this.#missing.get(place);
      if (waiting) waiting.add(share);
      else this.#missing.set(place, new Set([share]));
    }
    this.#begin();
  }

  /** A share waits for a time that grows with each attempt. */
  addUnreadable(share: LibraryShare): void {
    const folder = dirname(share.path);
    const known = this.#unreadable.get(folder);
    if (known) known.shares.add(share);
    else
      this.#unreadable.set(folder, {
        ...{ shares: new Set([share]), attempts: 0, dueMs: performance.now() + FIRST_RETRY_MS },
      });
    this.#begin();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#missing.clear();
    this.#unreadable.clear();
  }

  #begin(): void {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => void this.#look(), this.#lookEveryMs).unref();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await Promise.all([this.#lookForMissing(), this.#retryUnreadable()]);
    this.#isLooking = false;
    if (this.#missing.size > 0 || this.#unreadable.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #lookForMissing(): Promise<void> {
    const places: string[] = [];
    for (const place of this.#missing.keys()) if (places.push(place) >= LOOKED_AT) break;
    const back: LibraryShare[] = [];
    await Promise.all(
      places.map(async (place) => {
        const isThere = await this.#context.isThere(place);
        const waiting = this.#missing.get(place);
        if (!waiting) return;
        this.#missing.delete(place);
        for (const share of waiting) if (!this.#context.isWished(share)) waiting.delete(share);
        if (isThere) back.push(...waiting);
        else if (waiting.size > 0) this.#missing.set(place, waiting); // behind the others
      }),
    );
    if (back.length > 0) await this.#context.check(back);
  }

  async #retryUnreadable(): Promise<void> {
    const nowMs = performance.now();
    const due = [...this.#unreadable].filter(([, { dueMs }]) => dueMs <= nowMs).slice(0, LOOKED_AT);
    await Promise.all(due.map(([folder, one]) => this.#retry(folder, one)));
  }

  async #retry(folder: string, one: Unreadable): Promise<void> {
    const { shares } = one;
    const tried = [...shares].slice(0, TRIED);
    for (const share of tried) shares.delete(share);
    await this.#context.check(tried);
    const failed = tried.filter((share) => shares.has(share)).length;
    one.attempts = failed < tried.length ? 0 : one.attempts + 1;
    one.dueMs = performance.now() + backOffMs(one.attempts, FIRST_RETRY_MS, LAST_RETRY_MS);
    if (failed < tried.length) {
      const rest = [...shares];
      shares.clear();
      await this.#context.check(rest);
    }
    if (shares.size === 0 && this.#unreadable.get(folder) === one) this.#unreadable.delete(folder);
  }
}
