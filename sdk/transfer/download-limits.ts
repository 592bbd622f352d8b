import type { BackoffLimits } from './download-source.js';

export interface DownloadLimits extends BackoffLimits {
  /** A source with requests in flight that gives no sign for this long has stalled. */
  readonly stallMs: number;
  /** Requests for a piece over and above the first, in the endgame or when someone waits for it. */
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
  backoffMs: 2000,
  maxBackoffMs: 60_000,
  maxDuplicates: 2,
  urgentPatienceMs: 1000,
  minPieces: 2,
  maxPieces: 64,
  initialPieces: 4,
};
