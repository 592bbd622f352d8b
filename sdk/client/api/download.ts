import type { Readable } from 'node:stream';
import type { EventEmitter } from 'eventemitter3';
import type { DownloadPriority, SourceProgress } from '../../engine/index.js';
import type { Abortable } from '../util/abort.js';
import type { Queued, TransferState } from './transfer.js';

export type { DownloadPriority, SourceProgress };

export type DownloadState =
  | TransferState
  /** All pieces are there; the whole file's digest is compared and the file made durable. */
  | { readonly name: 'verifying' };

export interface DownloadProgress {
  /** Verified bytes on the disk, those of an earlier try included. */
  readonly doneBytes: number;
  readonly sizeBytes: number;
  readonly donePieces: number;
  readonly pieceCount: number;
  readonly bytesPerSecond: number;
  /** Milliseconds to go at the present speed; undefined while that cannot be said. */
  readonly etaMs: number | undefined;
  readonly sources: readonly SourceProgress[];
}

export interface DownloadResult {
  readonly path: string;
  readonly sizeBytes: number;
  readonly manifestId: string;
  /** The digest of the whole file, hexadecimal. */
  readonly fileDigest: string;
}

export interface DownloadEvents {
  state: [DownloadState];
  /** At most four times a second. */
  progress: [DownloadProgress];
}

/** One file on its way. It outlives a lost tracker and lost sources; after a crash the same call takes it up again. */
export interface Download extends EventEmitter<DownloadEvents>, Queued {
  /** Names this download among those of this client, for as long as it is listed. */
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Where the file will stand; the destination as given, until that is known. */
  readonly path: string;
  readonly state: DownloadState;
  readonly progress: DownloadProgress;
  /** Fulfilled when everything is checked and the transfer begins (or is taken up); rejects with what stands in the way. */
  readonly started: Promise<void>;
  /**
   * Fulfilled when the file is whole, verified and durable. Rejects when the download fails, and with `ABORTED` when it is cancelled, or not complete
   * when the client signs out or closes; nothing can be done with it then, and the client has another in its place when it signs in again.
   */
  readonly done: Promise<DownloadResult>;
  /**
   * The state of every piece now, one byte each: 0 missing, 1 in flight, 2 verified in the low two bits; above them, how
   * many connected sources have it (63 at most). Empty while the transfer is not under way.
   */
  pieces(): Promise<Uint8Array>;
  /** Stops fetching and serving; what is there is kept. */
  pause(): Promise<void>;
  /** Goes on after `pause`, a restart or a failure. */
  resume(): void;
  /** Gives up and removes the partial file. */
  cancel(): Promise<void>;
}

/** Which bytes of a file to read; both ends count, as with `node:fs`. Default: all. */
export interface ReadOptions extends Abortable {
  start?: number;
  end?: number;
}

/** A download of this process's own, whose file can be read while it comes. */
export interface StreamableDownload extends Download {
  /** Whether pieces come in the file's order, as far as the sources allow, and not the rarest first. */
  readonly sequential: boolean;
  /** Holds for a restart and a next process, too. */
  setSequential(sequential: boolean): Promise<void>;
  /**
   * The file's bytes, each as soon as its piece is verified: before the download is complete, and after. What lies up to
   * 16 MiB ahead of a stream is fetched before the rest; any number may be open, and a seek is a new one in place of the
   * old. A stream waits while the download is paused or has no source, and holds no more than 1 MiB in memory. It is
   * destroyed with the download's own `ShoalError` when that fails, with `ABORTED` when it is cancelled, when the client
   * signs out or closes before all is there, or when its signal is given, and with `INVALID_ARGUMENT` when the file has
   * no such bytes.
   * @throws ShoalError `INVALID_ARGUMENT` when no file can have such bytes
   */
  createReadStream(options?: ReadOptions): Readable;
}
