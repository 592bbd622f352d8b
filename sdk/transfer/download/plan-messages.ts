import type { ReadonlyBitfield } from '../bitfield.js';
import type { DownloadLimits } from './download-limits.js';
import type { SourceId } from './download-source.js';

export interface DownloadPlanOptions {
  readonly pieceCount: number;
  readonly pieceBytes: number;
  /** The verified pieces. */
  readonly verified: ReadonlyBitfield;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits?: Partial<DownloadLimits>;
}

/** A piece to request from a source. */
export interface Assignment {
  readonly source: SourceId;
  readonly piece: number;
}

/** A request to cancel. */
export type Cancel = Assignment;

/** Bounds under a rate limit. */
export interface AssignBounds {
  /** Maximum number of pieces in flight from one source. Default: as many as its pipeline holds. */
  readonly maxPieces?: number;
  /** Whether the endgame may request a piece twice. Default true. */
  readonly duplicates?: boolean;
}
