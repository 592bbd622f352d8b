import type { Readable } from 'node:stream';
import type { EventEmitter } from 'eventemitter3';
import type { DownloadPriority, SourceProgress } from '../../engine/index.js';
import type { Abortable } from '../util/abort.js';
import type { Queued, TransferState } from './transfer.js';

export type { DownloadPriority, SourceProgress };

/** The state of a file download; `name` is the discriminant. */
export type DownloadState =
  | TransferState
  /** All pieces are verified. Shoal compares the digest of the whole file and flushes it to the disk. */
  | { readonly name: 'verifying' };

/** The progress of a file download. */
export interface DownloadProgress {
  /** Verified bytes on the disk, including those of earlier runs. */
  readonly doneBytes: number;
  /** Size of the file in bytes; 0 until the manifest is known. */
  readonly sizeBytes: number;
  /** Verified pieces on the disk. */
  readonly donePieces: number;
  /** Pieces of the file, of 512 KiB each except for the last one; 0 until the manifest is known. */
  readonly pieceCount: number;
  /** Current rate in bytes per second. */
  readonly bytesPerSecond: number;
  /** Bytes of these that this run copied from other files on this device, such as an older version of the file. */
  readonly reusedBytes: number;
  /** Estimated remaining time in milliseconds at the current rate; undefined if there is no estimate. */
  readonly etaMs: number | undefined;
  /** The peers that this run has used. */
  readonly sources: readonly SourceProgress[];
}

/** A completed file download. */
export interface DownloadResult {
  /** Absolute path of the file. */
  readonly path: string;
  /** Size of the file in bytes. */
  readonly sizeBytes: number;
  /** Id of the manifest: 64 hexadecimal digits. */
  readonly manifestId: string;
  /** Digest of the whole file (SHA-1 or SHA-256, as the sharer chose), in hexadecimal. */
  readonly fileDigest: string;
}

/** Events of a file download, each with its payload. */
export interface DownloadEvents {
  /** The state changed. */
  state: [DownloadState];
  /** The progress changed. Emitted at most four times a second. */
  progress: [DownloadProgress];
}

/**
 * A file download. It survives the loss of the tracker and of sources. After a crash, the same `downloadFile` call resumes it from the
 * verified pieces on the disk.
 */
export interface Download extends EventEmitter<DownloadEvents>, Queued {
  /** Identifies the download within this client while it is listed. */
  readonly id: string;
  /** The group that shares the file. */
  readonly groupId: string;
  /** The name of the file in the group. */
  readonly fileName: string;
  /** Path of the finished file; the destination as given until the path is known. */
  readonly path: string;
  /** The current state. */
  readonly state: DownloadState;
  /** The current progress. */
  readonly progress: DownloadProgress;
  /** Resolves once the download has been validated and started or resumed. Rejects with the `ShoalError` that prevented it. */
  readonly started: Promise<void>;
  /**
   * Resolves when the file is complete, verified and flushed to the disk. Rejects with the error of a failed download. Rejects with
   * `ABORTED` if the download is cancelled, or if the client signs out or closes before it is complete; this object is of no further use
   * then, and the client lists a new one after the next sign-in.
   */
  readonly done: Promise<DownloadResult>;
  /**
   * Returns the state of every piece, one byte each. The low two bits are 0 (missing), 1 (in flight) or 2 (verified). The high six bits
   * are the number of connected sources that have the piece, 63 at most. The array is empty while the transfer is not running.
   */
  pieces(): Promise<Uint8Array>;
  /** Stops fetching and serving this file, and keeps the partial file. */
  pause(): Promise<void>;
  /** Continues after `pause()`, a restart or a failure. */
  resume(): void;
  /** Ends the download and removes the partial file. */
  cancel(): Promise<void>;
}

/** A range of bytes to read, for `createReadStream`. */
export interface ReadOptions extends Abortable {
  /** Offset of the first byte. Default 0. */
  start?: number;
  /** Offset of the last byte, which is included, as with `node:fs`. Default: the last byte of the file. */
  end?: number;
}

/** A download in this process, whose file can be read while it arrives. */
export interface StreamableDownload extends Download {
  /** Whether pieces are requested in file order, as far as the sources have them, instead of rarest first. */
  readonly sequential: boolean;
  /** Switches between file order and rarest first, from now on. The choice survives restarts. */
  setSequential(sequential: boolean): Promise<void>;
  /**
   * Returns a stream of the file's bytes. It yields each byte as soon as its piece is verified, during the download and after it. Pieces
   * up to 16 MiB ahead of a stream are requested before all others. A stream waits while the download is paused or has no source, and
   * buffers at most 1 MiB. Any number of streams may be open; to seek, destroy the stream and open another one.
   *
   * The stream is destroyed with the download's own `ShoalError` if the download fails. It is destroyed with `ABORTED` if the download is
   * cancelled, if the client signs out or closes before the file is complete, or if `signal` is aborted. It is destroyed with
   * `INVALID_ARGUMENT` if the range lies outside the file.
   * @throws ShoalError `INVALID_ARGUMENT` if no file can have such a range
   */
  createReadStream(options?: ReadOptions): Readable;
}
