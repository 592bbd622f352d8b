import type { ReadonlyBitfield } from '../bitfield.js';
import type { DownloadLimits } from './download-limits.js';
import type { SourceId } from './download-source.js';

export interface DownloadPlanOptions {
  readonly pieceCount: number;
  readonly pieceBytes: number;
  /** The pieces that are there already. */
  readonly verified: ReadonlyBitfield;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly limits?: Partial<DownloadLimits>;
}

/** A piece to be asked of a source. */
export interface Assignment {
  readonly source: SourceId;
  readonly piece: number;
}

/** A request that is to be taken back from a source. */
export type Cancel = Assignment;

/** What there is to keep to while the download's rate is limited. */
export interface AssignBounds {
  /** Pieces in flight from one source at most. Default: as many as its line holds. */
  readonly maxPieces?: number;
  /** Whether a piece may be asked of two in the endgame. Default true. */
  readonly duplicates?: boolean;
}
