import type { DownloadPriority } from '../../engine/index.js';
import type { ShoalError } from '../../protocol/index.js';

/** The states that downloads of files and folders have in common. */
export type TransferState =
  /** It waits until fewer downloads run, and begins by itself. */
  | { readonly name: 'queued' }
  /** The client asks the tracker, looks at the destination, and checks again what an earlier try left there. */
  | { readonly name: 'starting' }
  | { readonly name: 'downloading' }
  /** No source of what is missing is reachable. It continues by itself when one appears. */
  | { readonly name: 'waiting' }
  | { readonly name: 'paused' }
  | { readonly name: 'complete'; readonly path: string }
  /** A folder fails with `FOLDER_INCOMPLETE` if some of its files cannot be fetched. */
  | { readonly name: 'failed'; readonly error: ShoalError }
  | { readonly name: 'cancelled' };

/** The place in the queue and the share of a limited rate, for downloads of files and folders alike. All of it survives a restart. */
export interface Queued {
  /** Of the downloads that wait in the queue, high ones begin first. Of a limited rate a high one gets three times as much as a normal one. */
  readonly priority: DownloadPriority;
  /** The most that it may fetch, in bytes per second; undefined without a limit of its own. The client's limits hold as well. */
  readonly limitBytesPerSecond: number | undefined;
  /** How many downloads begin before it; undefined if it does not wait in the queue. */
  readonly queuePosition: number | undefined;
  /**
   * Limits it to so many bytes per second from now on, 1,000 or more; 0 or undefined lifts the limit.
   * @throws ShoalError `INVALID_ARGUMENT`
   */
  setLimit(bytesPerSecond: number | undefined): Promise<void>;
  /** @throws ShoalError `INVALID_ARGUMENT` */
  setPriority(priority: DownloadPriority): Promise<void>;
  /**
   * Moves it to a place in the queue, 0 being the next to begin, or as near to that place as priorities allow. Without effect if it does not wait
   * in the queue. @throws ShoalError `INVALID_ARGUMENT`
   */
  moveTo(position: number): Promise<void>;
}
