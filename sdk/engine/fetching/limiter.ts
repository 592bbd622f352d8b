import type { DownloadPace } from '../messages.js';

/** Something whose requests a limit may hold back: a file's download, or all that is fetched for a folder. */
export interface Limited {
  /** Requests at most so many bytes from some peer, and returns how many. 0: there is nothing to request from any peer at the moment. */
  ask(maxBytes: number): number;
  /** No limit applies any more: requests all that was held back. */
  askAll(): void;
}

/** Decides when something limited may send its requests. */
export interface Limiter {
  /** It comes, or continues at another pace. */
  set(limited: Limited, pace: DownloadPace): void;
  remove(limited: Limited): void;
  /** Bytes a second that it may request if it is alone; undefined without a limit. */
  rateOf(limited: Limited): number | undefined;
  /** Sends the requests that the limits allow now. */
  pump(): void;
}
