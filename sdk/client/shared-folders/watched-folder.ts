import { backOffMs } from '../../program/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { FolderShareResult } from '../api/results.js';
import type { Walked } from '../selection/walk-folder.js';
import { RefusedFiles } from './refused-files.js';

/** What sharing a watched folder again did. */
export interface Batch {
  readonly result: FolderShareResult;
  readonly walked: Walked;
  /** Duration of the walk in milliseconds. */
  readonly walkMs: number;
  /** Whether files were left until later. */
  readonly isUnsettled: boolean;
}

/** Times in milliseconds. */
export interface WatchTimes {
  /** A batch begins once nothing happened for this time, or after the second one. */
  readonly quietMs: number;
  readonly maxUnrestMs: number;
  /** Time until the next look at a folder without a sign of change: if all of it is watched, and otherwise. */
  readonly watchedMs: number;
  readonly pollMs: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

export const WATCH_TIMES: WatchTimes = {
  ...{ quietMs: 1000, maxUnrestMs: 10_000 },
  ...{ watchedMs: 600_000, pollMs: 30_000 },
  ...{ firstRetryMs: 2000, lastRetryMs: 300_000 },
};

/** A walk takes at most this part of the time. */
const WALK_PART = 10;
/** Errors after which the folder is not shared by itself any more. */
const OVER: ReadonlySet<string> = new Set(['ABORTED', 'CLOSED']);

interface FolderContext {
  readonly times: WatchTimes;
  /** Shares the folder again. @returns undefined if it is not to be watched any more */
  run(folder: WatchedFolder): Promise<Batch | undefined>;
  /** @returns whether changes in all of the folder are noticed */
  onBatch(folder: WatchedFolder, batch: Batch): boolean;
  onFailed(folder: WatchedFolder, error: ShoalError): void;
}

/** When a watched folder is shared again: after changes, after failures, and from time to time. */
export class WatchedFolder {
  readonly groupId: string;
  readonly folder: string;
  readonly refused = new RefusedFiles();
  readonly #context: FolderContext;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #timerMs = Infinity;
  #unrest: { readonly firstMs: number; lastMs: number } | undefined;
  /** No batch begins before this time. */
  #notBeforeMs = 0;
  /** A batch begins at this time even if nothing happens. */
  #nextMs = Infinity;
  #failures = 0;
  #isRunning = false;
  #problem: ShoalError | undefined;

  constructor({ groupId, folder }: Pick<WatchedFolder, 'groupId' | 'folder'>, context: FolderContext) {
    this.groupId = groupId;
    this.folder = folder;
    this.#context = context;
  }

  /** Why the last batch failed; undefined if it did not. */
  get problem(): ShoalError | undefined {
    return this.#problem;
  }

  /** Aborted when the folder is not watched any more. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Something may have changed in the folder. */
  noticed(): void {
    const nowMs = performance.now();
    if (this.#unrest) this.#unrest.lastMs = nowMs;
    else this.#unrest = { firstMs: nowMs, lastMs: nowMs };
    this.#plan();
  }

  /** What made it fail may be over: the next batch begins at once. */
  retry(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
    this.#clear();
    this.noticed();
  }

  close(): void {
    this.#over.abort();
    this.#clear();
  }

  /** The time of the next batch. */
  #dueMs(): number {
    const { quietMs, maxUnrestMs } = this.#context.times;
    const unrest = this.#unrest;
    const wishedMs = unrest ? Math.min(unrest.lastMs + quietMs, unrest.firstMs + maxUnrestMs) : this.#nextMs;
    return Math.max(wishedMs, this.#notBeforeMs);
  }

  /** Sets the timer. If it was set for an earlier time, it stays: what is due is found then, so that a burst of events costs no timers. */
  #plan(): void {
    const dueMs = this.#dueMs();
    if (this.#isRunning || this.signal.aborted || dueMs >= this.#timerMs) return;
    this.#clear();
    this.#timerMs = dueMs;
    this.#timer = setTimeout(() => this.#onTime(), Math.max(0, Math.ceil(dueMs - performance.now()))).unref();
  }

  #onTime(): void {
    this.#clear();
    if (performance.now() < this.#dueMs()) this.#plan();
    else void this.#run();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timerMs = Infinity;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#unrest = undefined;
    try {
      const batch = await this.#context.run(this);
      if (!batch) this.close();
      else if (!this.signal.aborted) this.#onBatch(batch);
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      if (OVER.has(error.code)) this.close();
      else if (!this.signal.aborted) this.#onFailed(error);
    } finally {
      this.#isRunning = false;
      this.#plan();
    }
  }

  #onBatch(batch: Batch): void {
    const { watchedMs, pollMs } = this.#context.times;
    this.#failures = 0;
    this.#problem = undefined;
    const isWatched = this.#context.onBatch(this, batch);
    const nowMs = performance.now();
    this.#notBeforeMs = nowMs + batch.walkMs * WALK_PART;
    this.#nextMs = nowMs + Math.max(isWatched ? watchedMs : pollMs, batch.walkMs * WALK_PART);
    if (batch.isUnsettled) this.noticed();
  }

  #onFailed(error: ShoalError): void {
    const { firstRetryMs, lastRetryMs } = this.#context.times;
    const isNew = this.#problem?.code !== error.code;
    this.#problem = error;
    this.#notBeforeMs = performance.now() + backOffMs(this.#failures++, firstRetryMs, lastRetryMs, Math.random);
    this.noticed();
    if (isNew) this.#context.onFailed(this, error);
  }
}
