import type { EventEmitter } from 'eventemitter3';
import type { ErrorCode } from '../../protocol/index.js';
import type { SourceProgress } from './download.js';
import type { Queued, TransferState } from './transfer.js';

export type FolderState = TransferState;

export interface FolderProgress {
  /** Files that stand under their names, whole and durable; those that stood there before included. */
  readonly doneFiles: number;
  readonly failedFiles: number;
  readonly fileCount: number;
  /** Verified bytes on the disk, those of an earlier try included. */
  readonly doneBytes: number;
  readonly sizeBytes: number;
  readonly bytesPerSecond: number;
  /** Milliseconds to go at the present speed; undefined while that cannot be said. */
  readonly etaMs: number | undefined;
  /** `pieces` are files here, but for those of more than one piece. */
  readonly sources: readonly SourceProgress[];
}

export interface FolderResult {
  /** The folder that holds the tree. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

/** A file of a folder that could not be had; the others go on. */
export interface FolderFailure {
  readonly fileName: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface FolderDownloadEvents {
  state: [FolderState];
  /** At most four times a second. */
  progress: [FolderProgress];
  fileFailed: [FolderFailure];
}

/**
 * A shared folder on its way, one progress for all of its files. It counts as one download in the queue, and its limit holds for all of its files
 * together. After a crash the same call takes it up again.
 */
export interface FolderDownload extends EventEmitter<FolderDownloadEvents>, Queued {
  /** Names this download among those of this client, for as long as it is listed. */
  readonly id: string;
  readonly groupId: string;
  /** The shared folder's name. */
  readonly folder: string;
  /** The folder that holds the tree; the destination as given, until that is known. */
  readonly path: string;
  readonly state: FolderState;
  readonly progress: FolderProgress;
  /** The first thousand of the files that could not be had; `progress` counts all. */
  readonly failures: readonly FolderFailure[];
  /** Whether its files come in the order of their names, and the pieces of large files in the file's order, as far as the sources allow. */
  readonly sequential: boolean;
  /** Fulfilled when it is known what is in the folder and the transfer begins; rejects with what stands in the way. */
  readonly started: Promise<void>;
  /**
   * Fulfilled when every file is whole, verified and durable. Rejects with `FOLDER_INCOMPLETE` when all have come to an end and some could not
   * be had, with what ends the folder as a whole, or with `ABORTED` when it is cancelled, or not complete when the client signs out or closes.
   */
  readonly done: Promise<FolderResult>;
  /** Stops fetching; what is done is kept. */
  pause(): Promise<void>;
  /** Goes on after `pause`, a restart or a failure: what is not there is fetched. */
  resume(): void;
  /** Gives up, and removes what is there of unfinished files; finished ones stay. */
  cancel(): Promise<void>;
  /** Survives a restart. */
  setSequential(sequential: boolean): Promise<void>;
}
