import type { FileStamp } from '../disk/index.js';
import type { TlsIdentity } from '../identity/index.js';
import type { ErrorCode, Source, TicketKey } from '../protocol/index.js';
import type { DialsBlocked, MeetWanted, NetworkCommand } from './network-messages.js';
import type { FileUpload, SourceProgress } from './progress.js';
import type { FileAttributes } from './storage/parts/file-attributes.js';

/** A group of the signed-in user, and its membership epoch. */
export interface GroupEpoch {
  readonly groupId: string;
  readonly epoch: number;
}

/** A file to serve to a group. `manifest` holds the canonical bytes. */
export interface ServeOrder {
  readonly groupId: string;
  readonly manifest: Uint8Array;
  readonly path: string;
  readonly stamp: FileStamp;
  /** Whether it is read only if no other file has the content. */
  readonly isSpare?: boolean;
}

/**
 * Decides the order in the queue and the share of a limited rate: high gets three times the rate of normal, and normal three times that of
 * low.
 */
export type DownloadPriority = 'high' | 'normal' | 'low';

/** The rate limit, priority and piece order of a download. */
export interface DownloadPace {
  /** Undefined: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** Default normal. */
  readonly priority?: DownloadPriority | undefined;
  /** Whether pieces are fetched in the file's order, as far as the peers allow. Default false. */
  readonly sequential?: boolean | undefined;
}

/** A file to fetch. */
export interface DownloadOrder extends DownloadPace {
  readonly downloadId: number;
  readonly groupId: string;
  readonly manifest: Uint8Array;
  /** The final path. */
  readonly finalPath: string;
  /** Whether an existing file may be replaced. */
  readonly overwrite: boolean;
  /** The stamp of the existing file that may be replaced without `overwrite`. */
  readonly replaces?: FileStamp | undefined;
  /** What the complete file gets beside its content. */
  readonly attributes?: FileAttributes | undefined;
  /** The root of the folder download that it belongs to: no link is followed below it. */
  readonly root?: string | undefined;
  /** The `downloadId` of that folder download, whose limit applies to the file, too. */
  readonly folderId?: number | undefined;
  /** Local files that may have some of the pieces, the likeliest first. */
  readonly copies?: readonly LocalCopy[];
}

/** A local file, and the manifest that it had. */
export interface LocalCopy {
  readonly path: string;
  readonly manifest: Uint8Array;
}

/** The commands of a reader of an incomplete file. */
export type ReaderCommand =
  /**
   * The reader is at the piece `first`: the pieces from there up to `end` are requested first. Answered with `readable` once `first` is
   * verified. The download forgets its readers when it stops.
   */
  | { readonly type: 'readAhead'; readonly readerId: number; readonly first: number; readonly end: number }
  | { readonly type: 'stopReading'; readonly readerId: number };

/** A tree of files to fetch, many small ones at once. Batches list its files. */
export interface FolderOrder extends DownloadPace {
  readonly downloadId: number;
  readonly groupId: string;
  /** The path of the tree's root, which is created if it does not exist. */
  readonly root: string;
  /** Replaces existing files with other content. */
  readonly overwrite?: boolean;
  /** Twelve hexadecimal digits. They are part of the names of its partial files and identify them. */
  readonly tag: string;
  /** The path of the journal. */
  readonly journalPath: string;
}

/** A file of at most one piece, to be fetched with others. */
export interface FolderFile {
  /** Its path below the root. Each segment is a validated name. */
  readonly segments: readonly string[];
  readonly manifest: Uint8Array;
  /** The stamp of the existing file with other content that may be replaced without `overwrite`. */
  readonly replaces?: FileStamp | undefined;
  /** What the complete file gets beside its content. */
  readonly attributes?: FileAttributes | undefined;
  /** Its sources: indices in the batch's `devices`. */
  readonly sources: readonly number[];
  /** Local files that may have the content. */
  readonly copies?: readonly string[];
}

/** The outcome of a file in a batch. */
export type FileOutcome =
  /** The file is durable under its final name. `fetched`: it did not exist before. */
  | { readonly kind: 'done'; readonly stamp: FileStamp; readonly fetched: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** None of its sources had it or was reachable; other sources may have it. `isChanged`: it was changed at one of them. */
  | { readonly kind: 'unsourced'; readonly isChanged?: true };

/** What exists at the path of a larger file of a folder. */
export type PlaceOutcome =
  /** Its folder exists. `isThere`: a file of its size exists there and may have its content, or it is a folder. */
  | { readonly kind: 'placed'; readonly isThere: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** What became of a file that was to be removed. */
export type RemovalOutcome =
  /** `removed`: it had the stamp, and exists no more. Otherwise it was left alone. */
  | { readonly kind: 'ended'; readonly removed: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** The application thread's commands to the transfer worker, which starts them in the order in which they arrive. */
export type EngineCommand =
  /** Starts to listen; answered with `listening` or `listenFailed`. */
  | { readonly type: 'start'; readonly identity: TlsIdentity; readonly host: string; readonly port: number }
  /**
   * The keys that sign valid tickets. `isLoopback`: the tracker runs on this computer; only then may peers have loopback addresses.
   */
  | {
      readonly type: 'trust';
      readonly ticketKeys: readonly TicketKey[];
      readonly isLoopback: boolean;
    }
  /** The time on the tracker's clock now, in milliseconds since 1970. Tickets are valid by that clock. */
  | { readonly type: 'trackerTime'; readonly nowMs: number }
  /** All groups of the signed-in user. */
  | { readonly type: 'groups'; readonly groups: readonly GroupEpoch[] }
  /** A group's epoch grew because this user is no longer a member. */
  | { readonly type: 'removal'; readonly groupId: string; readonly epoch: number; readonly userId: string }
  /** A ticket to present when requesting files of the group. */
  | { readonly type: 'ticket'; readonly groupId: string; readonly ticket: string }
  | ({ readonly type: 'serve' } & ServeOrder)
  /**
   * Stops serving a content from the file at this path; without a path, from all whole files. Its downloads continue to serve it.
   * `isChanged`: the file has other content now, as whoever waits for it is told.
   */
  | {
      readonly type: 'unserve';
      readonly groupId: string;
      readonly manifestId: string;
      readonly path?: string;
      readonly isChanged?: boolean;
    }
  | ({ readonly type: 'download' } & DownloadOrder)
  /** Starts a folder download. Each `folderBatch` adds files. */
  | ({ readonly type: 'downloadFolder' } & FolderOrder)
  /** Files of a folder to fetch; answered with `folderBatchDone` in the same order. */
  | {
      readonly type: 'folderBatch';
      readonly downloadId: number;
      readonly batch: number;
      readonly files: readonly FolderFile[];
      readonly devices: readonly Source[];
    }
  /**
   * Creates the folder of a larger file of a folder download, and looks up its path; without a size, creates a folder. Answered with
   * `folderPlaced`.
   */
  | {
      readonly type: 'folderPlace';
      readonly downloadId: number;
      readonly place: number;
      readonly segments: readonly string[];
      readonly sizeBytes: number | undefined;
    }
  /** Removes a file below the root if it has this stamp, and the folders that this empties; answered with `folderRemoved`. */
  | {
      readonly type: 'folderRemove';
      readonly downloadId: number;
      readonly removal: number;
      readonly segments: readonly string[];
      readonly stamp: FileStamp;
    }
  | { readonly type: 'sourceCame'; readonly downloadId: number; readonly source: Source }
  | { readonly type: 'sourceWent'; readonly downloadId: number; readonly deviceId: string }
  /** The rate limits of all downloads together and of all uploads together; undefined: no limit. */
  | {
      readonly type: 'limits';
      readonly downloadBytesPerSecond: number | undefined;
      readonly uploadBytesPerSecond: number | undefined;
    }
  | ({ readonly type: 'pace'; readonly downloadId: number } & DownloadPace)
  | NetworkCommand
  /** Stops a download. The partial file stays. Answered with `stopped`. */
  | { readonly type: 'stopDownload'; readonly downloadId: number }
  | (ReaderCommand & { readonly downloadId: number })
  /** Answered with `pieceMap`. */
  | { readonly type: 'describeDownload'; readonly downloadId: number }
  /** Ends every connection and stops serving, at once. Downloads have been stopped before. */
  | { readonly type: 'stopServing' }
  /** Ends the engine; answered with `closed`. */
  | { readonly type: 'close' };

/** The transfer worker's events for the application thread. */
export type EngineEvent =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'listenFailed'; readonly message: string }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  /**
   * A content is not served from a file. `doubtful`: its stamp or path changed; readers wait some seconds for `serve` or `unserve`.
   * `changed`: a piece does not match its digest. `unavailable`: it cannot be read for now.
   */
  | {
      readonly type: 'contentBroken';
      readonly groupId: string;
      readonly manifestId: string;
      readonly path: string;
      readonly reason: 'doubtful' | 'changed' | 'unavailable';
      readonly message: string;
    }
  | MeetWanted
  | DialsBlocked
  /** Peers reject the group's ticket: a new one is needed. */
  | { readonly type: 'ticketRefused'; readonly groupId: string }
  /** A peer showed a ticket that the tracker signed and that has expired: the tracker's clock may have been set. */
  | { readonly type: 'ticketExpired'; readonly groupId: string }
  /** A peer showed a ticket of a newer epoch than any before. It proves to the tracker that the epoch existed. */
  | { readonly type: 'epochSeen'; readonly groupId: string; readonly epoch: number; readonly ticket: string }
  /** The partial file is open and verified. Pieces can be fetched, and its verified pieces are served. */
  | { readonly type: 'downloadReady'; readonly downloadId: number; readonly reusedBytes: number }
  | {
      readonly type: 'downloadProgress';
      readonly downloadId: number;
      readonly phase: 'downloading' | 'waiting' | 'verifying';
      readonly doneBytes: number;
      readonly donePieces: number;
      readonly bytesPerSecond: number;
      readonly sources: readonly SourceProgress[];
      /** Whether a connected peer has a missing piece. */
      readonly mayExpect: boolean;
      /** Whether the client's limit or the download's own slows it down. */
      readonly isLimited: boolean;
    }
  /** A peer reported that its file was changed, and no remaining peer may have the original. Repeated when other peers leave. */
  | { readonly type: 'sourceChanged'; readonly downloadId: number }
  | { readonly type: 'downloadDone'; readonly downloadId: number; readonly stamp: FileStamp }
  | { readonly type: 'downloadFailed'; readonly downloadId: number; readonly code: ErrorCode; readonly message: string }
  | {
      readonly type: 'folderBatchDone';
      readonly downloadId: number;
      readonly batch: number;
      readonly outcomes: readonly FileOutcome[];
    }
  | {
      readonly type: 'folderPlaced';
      readonly downloadId: number;
      readonly place: number;
      readonly outcome: PlaceOutcome;
    }
  | {
      readonly type: 'folderRemoved';
      readonly downloadId: number;
      readonly removal: number;
      readonly outcome: RemovalOutcome;
    }
  | {
      readonly type: 'folderProgress';
      readonly downloadId: number;
      /** Verified bytes and files that arrived since the start, durable or not. */
      readonly bytes: number;
      readonly files: number;
      readonly bytesPerSecond: number;
      readonly sources: readonly SourceProgress[];
      /** Whether the client's limit or the folder's own slows it down. */
      readonly isLimited: boolean;
    }
  /** The whole folder cannot continue: the disk is full, fails, or does not answer. */
  | { readonly type: 'folderFailed'; readonly downloadId: number; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'stopped'; readonly downloadId: number }
  /** The pieces from the reader's position up to `end` are verified and written, in the partial file at `path`. */
  | {
      readonly type: 'readable';
      readonly downloadId: number;
      readonly readerId: number;
      readonly end: number;
      readonly path: string;
    }
  /** One byte per piece, in the format of `encodePieces`; empty if no such download runs. */
  | { readonly type: 'pieceMap'; readonly downloadId: number; readonly pieces: Uint8Array }
  /** The current uploads. Sent while data is being sent, and once when all uploads have ended. */
  | { readonly type: 'uploads'; readonly uploads: readonly FileUpload[] }
  | { readonly type: 'closed' };

export function contentKey(groupId: string, manifestId: string): string {
  return `${manifestId} ${groupId}`;
}
