import type { DownloadPace } from '../messages.js';

/** A download whose requests a limit may delay: of one file, or of a whole folder. */
export interface Limited {
  /**
   * Requests at most `maxBytes` from one peer. Returns the requested bytes; 0 if there is nothing to request from any peer at the moment.
   */
  ask(maxBytes: number): number;
  /** The limit was removed: sends all delayed requests. */
  askAll(): void;
}

/** Decides when limited downloads may send their requests. */
export interface Limiter {
  /** Adds a download, or changes its pace. */
  set(limited: Limited, pace: DownloadPace): void;
  remove(limited: Limited): void;
  /** Bytes per second that it may request if it is alone; undefined without a limit. */
  rateOf(limited: Limited): number | undefined;
  /** Sends the requests that the limits allow now. */
  pump(): void;
}
