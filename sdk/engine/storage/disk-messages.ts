import type { ErrorCode, ShoalError } from '../../protocol/index.js';
import type { PartPlace } from './part-writer.js';

/** A piece that came, and the slot of the shared memory in which it is. */
export interface ArrivedPiece {
  readonly piece: number;
  readonly slot: number;
  /** Whether it is written into the system's cache, or past it. */
  readonly isCached: boolean;
}

export type DiskOrder =
  /** A download begins, with these pieces verified, in the wire form of a bitfield. */
  | {
      readonly id: number;
      readonly type: 'open';
      readonly part: PartPlace;
      readonly manifest: Uint8Array;
      readonly verified: Uint8Array;
      readonly maxAhead: number;
    }
  /**
   * These pieces are to be written, and checked: `checked` tells of each. The trusted ones were, elsewhere.
   */
  | {
      readonly id: number;
      readonly type: 'keep';
      readonly pieces: readonly ArrivedPiece[];
      readonly trusted: readonly number[];
    }
  | { readonly id: number; readonly type: 'close' }
  /** Each download of this thread holds no more than so many checked pieces in memory for its file's digest. */
  | { readonly type: 'share'; readonly maxAhead: number };

export type DiskAnswer =
  /** These pieces were written; the good ones are what they should be. What the freed slots hold is not needed any more. */
  | ({ readonly id: number; readonly type: 'checked' } & Findings)
  /** All is verified: the digest of the whole file. */
  | { readonly id: number; readonly type: 'digest'; readonly digest: Uint8Array }
  /** Nothing is written any more: all slots are free. */
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

/** What became of pieces since it was last asked for. */
export interface Findings {
  readonly good: readonly number[];
  readonly bad: readonly number[];
  readonly freed: readonly number[];
}

export interface DiskListener {
  /** A piece was written; whether it is what it should be. */
  onChecked(piece: number, intact: boolean): void;
  /** The memory in which a piece was handed over is free again. */
  onFreed(slot: number): void;
  /** Nothing is written or checked any more: the thread died, or the disk failed. */
  onFailed(error: ShoalError): void;
}
