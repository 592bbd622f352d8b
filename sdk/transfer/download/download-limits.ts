import type { BackoffLimits } from './download-source.js';

export interface DownloadLimits extends BackoffLimits {
  /** A source that gives no sign for this long in the midst of an answer has stalled. */
  readonly stallMs: number;
  /** So has one that lets every request wait for this long. It may be busy: what waits there can be had elsewhere. */
  readonly waitMs: number;
  /** An answer that takes longer than this is slow: in the endgame, others are asked for the piece too. */
  readonly slowMs: number;
  /** The same while others download the file, too: a source that sends to several of them is not slow for that. */
  readonly sharedSlowMs: number;
  /** Requests for a piece over and above the first. */
  readonly maxDuplicates: number;
  /** A piece that someone waits for is asked of one more source this long after the last, if that one is much faster. */
  readonly urgentPatienceMs: number;
  /** The least and the most requests in flight to one source, and how many before its speed is known. */
  readonly minPieces: number;
  readonly maxPieces: number;
  readonly initialPieces: number;
}

export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  stallMs: 4000,
  waitMs: 30_000,
  backoffMs: 2000,
  maxBackoffMs: 60_000,
  slowMs: 1000,
  sharedSlowMs: 3000,
  maxDuplicates: 2,
  urgentPatienceMs: 1000,
  minPieces: 2,
  maxPieces: 64,
  initialPieces: 4,
};
