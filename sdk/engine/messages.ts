import type { FileStamp } from '../disk/index.js';
import type { TlsIdentity } from '../identity/index.js';
import type { ErrorCode, Source, TicketKey } from '../protocol/index.js';
import type { FileUpload, SourceProgress } from './progress.js';

/** A group that this device is a member of, and its membership epoch. */
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
}

/** Decides the order in the queue and the share of a limited rate: high gets three times as much as normal, normal three times as much as low. */
export type DownloadPriority = 'high' | 'normal' | 'low';

/** How fast a download may be, and in which order it comes. */
export interface DownloadPace {
  /** Undefined: as fast as it can. */
  readonly bytesPerSecond?: number | undefined;
  /** Default normal. */
  readonly priority?: DownloadPriority | undefined;
  /** Whether its pieces come in the file's order, as far as the sources allow. Default false. */
  readonly sequential?: boolean | undefined;
}

/** A file to fetch. */
export interface DownloadOrder extends DownloadPace {
  readonly downloadId: number;
  readonly groupId: string;
  readonly manifest: Uint8Array;
  /** Where the whole file is to stand. */
  readonly finalPath: string;
  /** Whether a file that stands there may be replaced. */
  readonly overwrite: boolean;
  /** The folder that is being fetched and that it is a file of: below it no link is followed. */
  readonly root?: string | undefined;
  /** That folder's `downloadId`: its limit holds for the file too. */
  readonly folderId?: number | undefined;
}

/** What someone says who reads a file while it is on its way. */
export type ReaderCommand =
  /**
   * It stands at the piece `first`: those from there to before `end` are asked for before others. Answered with `readable`
   * once `first` is there. Forgotten when the download stops.
   */
  | { readonly type: 'readAhead'; readonly readerId: number; readonly first: number; readonly end: number }
  | { readonly type: 'stopReading'; readonly readerId: number };

/** A tree of files to fetch, many small ones at once; which, batches tell. */
export interface FolderOrder extends DownloadPace {
  readonly downloadId: number;
  readonly groupId: string;
  /** The folder that the tree is to stand in as; made when it is not there. */
  readonly root: string;
  /** Replaces files that stand there and are others. */
  readonly overwrite?: boolean;
  /** Stands in the names of its partial files: by it they are known as its own. Twelve hexadecimal digits. */
  readonly tag: string;
  /** Where to keep what is done. */
  readonly journalPath: string;
}

/** A file of one piece at most, to be fetched with others. */
export interface FolderFile {
  /** Its place below the root, each segment a name that was checked. */
  readonly segments: readonly string[];
  readonly manifest: Uint8Array;
  /** Who may be asked: places in the batch's `devices`. */
  readonly sources: readonly number[];
}

/** How a file of a batch ended. */
export type FileOutcome =
  /** It stands under its name, whole, and the disk keeps it; `fetched`: it did not stand there before. */
  | { readonly kind: 'done'; readonly stamp: FileStamp; readonly fetched: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
  /** None of its sources had it, or could be reached: others may. */
  | { readonly kind: 'unsourced' };

/** What there is in the place of a larger file of a folder. */
export type PlaceOutcome =
  /** Its folder is there; `isThere`: a file of its size stands there, which may be it. */
  | { readonly kind: 'placed'; readonly isThere: boolean }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** What the application's thread tells the transfer worker. All are carried out in the order in which they come. */
export type EngineCommand =
  /** Begins to listen; answered with `listening` or `listenFailed`. */
  | { readonly type: 'start'; readonly identity: TlsIdentity; readonly host: string; readonly port: number }
  /**
   * Whose signature makes a ticket good, how far the tracker's clock is ahead of this device's, and whether the tracker is on this
   * computer: only then are peers.
   */
  | {
      readonly type: 'trust';
      readonly ticketKeys: readonly TicketKey[];
      readonly clockOffsetMs: number;
      readonly isLoopback: boolean;
    }
  /** All groups of the one who is signed in. */
  | { readonly type: 'groups'; readonly groups: readonly GroupEpoch[] }
  /** A group's epoch grew because this user is no member any more. */
  | { readonly type: 'removal'; readonly groupId: string; readonly epoch: number; readonly userId: string }
  /** A ticket to show when asking for files of the group. */
  | { readonly type: 'ticket'; readonly groupId: string; readonly ticket: string }
  | ({ readonly type: 'serve' } & ServeOrder)
  /** Serves a content from the file of this path no more; without a path, from no whole file. Downloads of it are served on. */
  | { readonly type: 'unserve'; readonly groupId: string; readonly manifestId: string; readonly path?: string }
  | ({ readonly type: 'download' } & DownloadOrder)
  /** Begins to fetch a folder; what is fetched is told by `folderBatch`. */
  | ({ readonly type: 'downloadFolder' } & FolderOrder)
  /** Files of a folder to fetch, answered with `folderBatchDone` in the same order. */
  | {
      readonly type: 'folderBatch';
      readonly downloadId: number;
      readonly batch: number;
      readonly files: readonly FolderFile[];
      readonly devices: readonly Source[];
    }
  /** Makes the folder that a larger file of a folder is to stand in, and looks at its place; answered with `folderPlaced`. */
  | {
      readonly type: 'folderPlace';
      readonly downloadId: number;
      readonly place: number;
      readonly segments: readonly string[];
      readonly sizeBytes: number;
    }
  | { readonly type: 'sourceCame'; readonly downloadId: number; readonly source: Source }
  | { readonly type: 'sourceWent'; readonly downloadId: number; readonly deviceId: string }
  /** How fast all downloads together, and all uploads, may be from now on; undefined: as fast as they can. */
  | {
      readonly type: 'limits';
      readonly downloadBytesPerSecond: number | undefined;
      readonly uploadBytesPerSecond: number | undefined;
    }
  | ({ readonly type: 'pace'; readonly downloadId: number } & DownloadPace)
  /** Stops a download; what is there is kept. Answered with `stopped`. */
  | { readonly type: 'stopDownload'; readonly downloadId: number }
  | (ReaderCommand & { readonly downloadId: number })
  /** Answered with `pieceMap`. */
  | { readonly type: 'describeDownload'; readonly downloadId: number }
  /** Ends every connection and everything served, at once; downloads have been stopped before. */
  | { readonly type: 'stopServing' }
  /** Ends all; answered with `closed`. */
  | { readonly type: 'close' };

/** What the transfer worker tells the application's thread. */
export type EngineEvent =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'listenFailed'; readonly message: string }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  /** A content is served from a file no more: it changed, went, or cannot be read for now. */
  | {
      readonly type: 'contentBroken';
      readonly groupId: string;
      readonly manifestId: string;
      readonly path: string;
      readonly reason: 'changed' | 'gone' | 'unavailable';
      readonly message: string;
    }
  /** Peers turn away the group's ticket: a new one is wanted. */
  | { readonly type: 'ticketRefused'; readonly groupId: string }
  /** The partial file is open and checked; pieces can be fetched, and what is there is served. */
  | { readonly type: 'downloadReady'; readonly downloadId: number }
  | {
      readonly type: 'downloadProgress';
      readonly downloadId: number;
      readonly phase: 'downloading' | 'waiting' | 'verifying';
      readonly doneBytes: number;
      readonly donePieces: number;
      readonly bytesPerSecond: number;
      readonly sources: readonly SourceProgress[];
      /** Whether anyone who is connected has what is missing. */
      readonly mayExpect: boolean;
      /** Whether a limit of this client's or the download's own slows it down. */
      readonly isLimited: boolean;
    }
  /** A source said that its file was changed, and nobody is left who might have it as it was; told again as others go. */
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
      readonly type: 'folderProgress';
      readonly downloadId: number;
      /** Verified bytes and files that came since it began, made durable or not. */
      readonly bytes: number;
      readonly files: number;
      readonly bytesPerSecond: number;
      readonly sources: readonly SourceProgress[];
      /** Whether a limit of this client's or the folder's own slows it down. */
      readonly isLimited: boolean;
    }
  /** The folder as a whole cannot go on: the disk is full, fails, or does not answer. */
  | { readonly type: 'folderFailed'; readonly downloadId: number; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'stopped'; readonly downloadId: number }
  /** The pieces from where the reader stands to before `end` are verified and written, in the partial file at `path`. */
  | {
      readonly type: 'readable';
      readonly downloadId: number;
      readonly readerId: number;
      readonly end: number;
      readonly path: string;
    }
  /** A byte a piece, as `encodePieces` makes them; empty when there is no such download under way. */
  | { readonly type: 'pieceMap'; readonly downloadId: number; readonly pieces: Uint8Array }
  /** What is being served to whom; told while anything moves, and once when it has ended. */
  | { readonly type: 'uploads'; readonly uploads: readonly FileUpload[] }
  | { readonly type: 'closed' };

export function contentKey(groupId: string, manifestId: string): string {
  return `${manifestId} ${groupId}`;
}
