import type { ErrorCode, ShoalError } from '../../../protocol/index.js';
import type { PartPlace } from '../parts/part-writer.js';

/** A received piece, and its slot in the shared memory. */
export interface ArrivedPiece {
  readonly piece: number;
  readonly slot: number;
  /** Whether it is written through the page cache. */
  readonly isCached: boolean;
}

export type DiskOrder =
  /** Starts a download with these verified pieces, as a bitfield in the wire format. */
  | {
      readonly id: number;
      readonly type: 'open';
      readonly part: PartPlace;
      readonly manifest: Uint8Array;
      readonly verified: Uint8Array;
      readonly maxAhead: number;
    }
  /** Writes and verifies these pieces; `checked` reports each. The trusted ones were written and verified elsewhere. */
  | {
      readonly id: number;
      readonly type: 'keep';
      readonly pieces: readonly ArrivedPiece[];
      readonly trusted: readonly number[];
    }
  | { readonly id: number; readonly type: 'close' }
  /** Sets how many verified pieces each download of this thread may hold for its whole-file digest. */
  | { readonly type: 'share'; readonly maxAhead: number };

export type DiskAnswer =
  /** Reports written pieces and which of them are correct. The freed slots are not needed any more. */
  | ({ readonly id: number; readonly type: 'checked' } & Findings)
  /** Reports the digest of the whole file, after all pieces. */
  | { readonly id: number; readonly type: 'digest'; readonly digest: Uint8Array }
  /** Reports that no write is in progress: all slots are free. */
  | { readonly id: number; readonly type: 'closed' }
  | { readonly id: number; readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

/** Where a disk worker is reached. */
export interface DiskPort {
  post(order: DiskOrder): void;
  /** It runs. */
  onOnline(hear: () => void): void;
  onAnswer(hear: (answer: DiskAnswer) => void): void;
  /** It ended, and nobody asked it to. */
  onDied(hear: (error: Error) => void): void;
  end(): Promise<void>;
}

/** The results since the last report. */
export interface Findings {
  readonly good: readonly number[];
  readonly bad: readonly number[];
  readonly freed: readonly number[];
}

export interface DiskListener {
  /** A piece was written; `intact` says whether it is correct. */
  onChecked(piece: number, intact: boolean): void;
  /** The slot of a piece is free again. */
  onFreed(slot: number): void;
  /** Writing and verifying stopped: the thread died, or the disk failed. */
  onFailed(error: ShoalError): void;
}
