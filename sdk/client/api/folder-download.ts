import type { EventEmitter } from 'eventemitter3';
import type { ErrorCode } from '../../protocol/index.js';
import type { SourceProgress } from './download.js';
import type { Queued, TransferState } from './transfer.js';

/** The state of a folder download; `name` is the discriminant. */
export type FolderState = TransferState;

/** The progress of a folder download. */
export interface FolderProgress {
  /** Files that are complete, verified and flushed, including those that were there before. */
  readonly doneFiles: number;
  /** Files that could not be fetched. */
  readonly failedFiles: number;
  /** Files of the folder; 0 until the list is known. */
  readonly fileCount: number;
  /** Verified bytes on the disk, including those of earlier runs. */
  readonly doneBytes: number;
  /** Size of all files together in bytes; 0 until the list is known. */
  readonly sizeBytes: number;
  /** Current rate in bytes per second. */
  readonly bytesPerSecond: number;
  /** Estimated remaining time in milliseconds at the current rate; undefined if there is no estimate. */
  readonly etaMs: number | undefined;
  /** The peers that this run has used. Their `pieces` count one for each small file, and the pieces of larger files. */
  readonly sources: readonly SourceProgress[];
}

/** Files of a folder, counted by what the current run of its download found and did. */
export interface FolderChanges {
  /** Files that were not here before. */
  readonly added: number;
  /** Files that had been deleted here. */
  readonly restored: number;
  /** Files of which an older version, or with `overwrite` other content, was here. */
  readonly updated: number;
  /** Files that were here as the group has them, or as a newer version. */
  readonly unchanged: number;
  /** Files that were changed here, and are left alone. */
  readonly edited: number;
  /** Downloaded files that the group removed, and that are still here. */
  readonly removed: number;
  /** Downloaded files that the group removed, and that were deleted here. */
  readonly deleted: number;
}

/** A file that a folder download leaves alone. */
export interface KeptFile {
  /** The name of the file in the group. */
  readonly fileName: string;
  /** Absolute path. */
  readonly path: string;
  /** `edited`: its bytes are neither those of the newest version nor those of an older one. `removed`: the group removed it. */
  readonly why: 'edited' | 'removed';
}

/** A completed folder download. */
export interface FolderResult {
  /** Absolute path of the folder that holds the files. */
  readonly path: string;
  /** Number of files. */
  readonly files: number;
  /** Size of all files together in bytes. */
  readonly bytes: number;
  /** What was found and done, by number of files. */
  readonly changes: FolderChanges;
}

/** A file of a folder that could not be fetched. The other files continue. */
export interface FolderFailure {
  /** The name of the file in the group: the folder's name, a slash, and the path below the folder. */
  readonly fileName: string;
  /** The cause, for programs. */
  readonly code: ErrorCode;
  /** The cause and the remedy, for people. */
  readonly message: string;
}

/** Events of a folder download, each with its payload. */
export interface FolderDownloadEvents {
  /** The state changed. */
  state: [FolderState];
  /** The progress changed. Emitted at most four times a second. */
  progress: [FolderProgress];
  /** A file could not be fetched. */
  fileFailed: [FolderFailure];
}

/**
 * The download of a shared folder, with one progress for all of its files. It counts as one download in the queue, and its limit applies to
 * all of its files together. After a crash, the same `downloadFolder` call resumes it. Downloaded again, a folder gets what is new and what
 * was deleted here; files that were edited here are left alone.
 */
export interface FolderDownload extends EventEmitter<FolderDownloadEvents>, Queued {
  /** Identifies the download within this client while it is listed. */
  readonly id: string;
  /** The group that shares the folder. */
  readonly groupId: string;
  /** The name of the shared folder. */
  readonly folder: string;
  /** Path of the folder that holds the files; the destination as given until the path is known. */
  readonly path: string;
  /** The current state. */
  readonly state: FolderState;
  /** The current progress. */
  readonly progress: FolderProgress;
  /** The first 1,000 files that could not be fetched; `progress.failedFiles` counts all of them. */
  readonly failures: readonly FolderFailure[];
  /** What was found and done so far, by number of files. */
  readonly changes: FolderChanges;
  /** The first 1,000 files that are left alone; `changes.edited` and `changes.removed` count all of them. */
  readonly kept: readonly KeptFile[];
  /** Whether files are requested in the order of their names, and pieces of large files in file order, as far as the sources have them. */
  readonly sequential: boolean;
  /** Resolves once the list of files is known and the transfer has started. Rejects with the `ShoalError` that prevented it. */
  readonly started: Promise<void>;
  /**
   * Resolves when every file is complete, verified and flushed to the disk, apart from the files in `kept`. Rejects with `FOLDER_INCOMPLETE` when all files have ended and
   * some of them failed, or with the error that ended the folder as a whole. Rejects with `ABORTED` if the download is cancelled, or if
   * the client signs out or closes before it is complete.
   */
  readonly done: Promise<FolderResult>;
  /** Stops fetching, and keeps what is there. */
  pause(): Promise<void>;
  /** Continues after `pause()`, a restart or a failure: fetches the files that are missing. */
  resume(): void;
  /** Ends the download and removes the partial files. Complete files stay. */
  cancel(): Promise<void>;
  /** Switches between this order and rarest first, from now on. The choice survives restarts. */
  setSequential(sequential: boolean): Promise<void>;
}
