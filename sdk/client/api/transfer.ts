import type { DownloadPriority } from '../../engine/index.js';
import type { ShoalError } from '../../protocol/index.js';

/** The states that downloads of files and folders have in common; `name` is the discriminant. */
export type TransferState =
  /** Waits because `downloadsAtOnce` downloads are running. It starts by itself when its turn comes. */
  | { readonly name: 'queued' }
  /** Asks the tracker for files and sources, examines the destination, and verifies the data of an earlier run. */
  | { readonly name: 'starting' }
  /** Receives data. */
  | { readonly name: 'downloading' }
  /** No source of the missing data is reachable. It continues by itself when one appears. */
  | { readonly name: 'waiting' }
  /** Stopped by `pause()` or by a sign-out. `resume()` continues it. */
  | { readonly name: 'paused' }
  /** Everything is complete, verified and flushed, and this device serves it. `path` is the file or the folder. */
  | { readonly name: 'complete'; readonly path: string }
  /** Stopped by `error`; a folder fails with `FOLDER_INCOMPLETE` if some of its files failed. `resume()` tries again. */
  | { readonly name: 'failed'; readonly error: ShoalError }
  /** Stopped by `cancel()`. Partial files are removed; complete files stay. */
  | { readonly name: 'cancelled' };

/** The place in the queue and the share of a limited rate, for downloads of files and folders. All of it survives restarts. */
export interface Queued {
  /**
   * Queued downloads with a higher priority start first. When rates are limited, a high download gets three times the rate of a normal
   * one, and a normal one three times that of a low one.
   */
  readonly priority: DownloadPriority;
  /** Rate limit of this download in bytes per second; undefined if only the client's limits apply. */
  readonly limitBytesPerSecond: number | undefined;
  /** Number of downloads that start before this one; undefined unless it is queued. */
  readonly queuePosition: number | undefined;
  /**
   * Limits the rate of this download to `bytesPerSecond` (1,000 or more); 0 or undefined removes the limit.
   * @throws ShoalError `INVALID_ARGUMENT` if the rate is below 1,000
   */
  setLimit(bytesPerSecond: number | undefined): Promise<void>;
  /**
   * Changes the priority.
   * @throws ShoalError `INVALID_ARGUMENT` if there is no such priority
   */
  setPriority(priority: DownloadPriority): Promise<void>;
  /**
   * Moves a queued download to `position`; 0 starts next. Priorities are respected: the download goes to the nearest position that its
   * priority allows. A download that is not queued does not move.
   * @throws ShoalError `INVALID_ARGUMENT` if the position is not a whole number of at least 0
   */
  moveTo(position: number): Promise<void>;
}
