import type { BackoffLimits } from './download-source.js';

export interface DownloadLimits extends BackoffLimits {
  /** A source has stalled if it sends nothing for this long during an answer. */
  readonly stallMs: number;
  /** A source has also stalled if all of its requests wait for this long. It may be busy, so they move elsewhere. */
  readonly waitMs: number;
  /** An answer that takes longer is slow: in the endgame, the piece is requested from others too. */
  readonly slowMs: number;
  /** The same if others download the file too: a source that uploads to several peers is not slow for that. */
  readonly sharedSlowMs: number;
  /** Requests for a piece beyond the first. */
  readonly maxDuplicates: number;
  /** A time-critical piece is requested from another source after this time, if that source is much faster. */
  readonly urgentPatienceMs: number;
  /** Minimum, maximum and initial number of requests in flight to one source. */
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
