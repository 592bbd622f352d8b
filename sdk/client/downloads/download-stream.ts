import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { errnoOf, NO_FOLLOW } from '../../disk/index.js';
import type { ReaderCommand } from '../../engine/index.js';
import { onAbort } from '../../program/index.js';
import { PIECE_BYTES, ShoalError } from '../../protocol/index.js';
import type { Download, DownloadState, ReadOptions } from '../api/download.js';
import { abortError } from '../util/abort.js';

/** Bytes of one disk read, and the stream's high-water mark. */
const READ_BYTES = 512 * 1024;
/** Pieces ahead of the reader that are time-critical: 16 MiB. */
const AHEAD_PIECES = 32;
/** Pieces that a reader advances between two reports to the engine, unless it must wait. */
const STEP_PIECES = 4;

/**
 * A stream of a file that is being downloaded. It waits for the start, during pauses, and for pieces. Unread data is on
 * the disk, so that a slow consumer needs no memory.
 */
export class DownloadStream extends Readable {
  readonly #id: number;
  readonly #download: Download;
  readonly #tell: (command: ReaderCommand) => void;
  readonly #options: ReadOptions;
  /** Offset of the next byte to read. */
  #position: number;
  /** Offset after the last byte; undefined until the size is known. */
  #end: number | undefined;
  /** Bytes below this offset are verified. */
  #readableEnd = 0;
  /** Path of the partial file, once a part of it can be read. */
  #partPath: string | undefined;
  /** Whether the engine runs the download. It ignores earlier commands. */
  #underWay = false;
  /** The reader's position as last reported to the engine. */
  #toldPiece: number | undefined;
  #file: Promise<FileHandle> | undefined;
  /** Whether the consumer requests data, and whether a read is in progress. */
  #wanted = false;
  #filling = false;
  readonly #endListening: () => void;

  /** @throws ShoalError `INVALID_ARGUMENT` if the range is invalid for any file */
  constructor(id: number, download: Download, options: ReadOptions, tell: (command: ReaderCommand) => void) {
    const { start = 0, end = start, signal } = options;
    if (
      !Number.isSafeInteger(start) ||
      !(start >= 0) ||
      !(Number.isSafeInteger(end) || end === Infinity) ||
      end < start
    ) {
      throw new ShoalError(
        'INVALID_ARGUMENT',
        `The range ${start} to ${end} is invalid: give whole numbers, and "end" not before "start".`,
      );
    }
    super({ highWaterMark: READ_BYTES });
    this.#id = id;
    this.#download = download;
    this.#tell = tell;
    this.#options = options;
    this.#position = start;
    download.on('state', this.#onState);
    this.#endListening = onAbort(signal, this.#onAbort);
    if (signal?.aborted) this.#onAbort();
    else this.#onState(download.state);
  }

  /** The pieces from the reported position up to `endPiece` are verified, in the partial file at `path`. */
  readUpTo(endPiece: number, path: string): void {
    this.#partPath = path;
    this.#readableEnd = Math.max(this.#readableEnd, endPiece * PIECE_BYTES);
    void this.#fill();
  }

  override _read(): void {
    this.#wanted = true;
    void this.#fill();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#download.off('state', this.#onState);
    this.#endListening();
    this.#forgetPlace();
    this.#closeFile().then(
      () => callback(error),
      (closing: unknown) => callback(error ?? ShoalError.from(closing, 'DISK_ERROR')),
    );
  }

  readonly #onAbort = (): void => {
    if (this.#options.signal) this.destroy(abortError(this.#options.signal));
  };

  readonly #onState = (state: DownloadState): void => {
    switch (state.name) {
      case 'downloading':
      case 'waiting':
      case 'verifying':
      case 'complete':
        if (state.name === 'complete') this.#readableEnd = Infinity;
        this.#underWay = true;
        this.#findEnd();
        this.#lookAhead();
        void this.#fill();
        return;
      case 'failed':
        this.destroy(state.error);
        return;
      case 'cancelled':
        this.destroy(new ShoalError('ABORTED', `The download of ${this.#download.fileName} was cancelled.`));
        return;
      case 'queued':
      case 'starting':
      case 'paused':
        this.#rest();
    }
  };

  /** The next run may use another partial file with fewer verified pieces. */
  #rest(): void {
    this.#underWay = false;
    this.#readableEnd = 0;
    this.#toldPiece = undefined;
    this.#closeFile().catch((error: unknown) => this.destroy(ShoalError.from(error, 'DISK_ERROR')));
  }

  #findEnd(): void {
    const { sizeBytes } = this.#download.progress;
    const { start = 0, end = Infinity } = this.#options;
    const last = end === Infinity ? sizeBytes - 1 : end;
    if ((start > 0 && start >= sizeBytes) || last >= sizeBytes) {
      const { fileName } = this.#download;
      this.destroy(
        new ShoalError(
          'INVALID_ARGUMENT',
          `${fileName} has ${sizeBytes} bytes, numbered from 0: choose a range inside the file.`,
        ),
      );
      return;
    }
    this.#end = last + 1;
  }

  /** Reports the reader's position to the engine if necessary. */
  #lookAhead(): void {
    const end = this.#end;
    if (!this.#underWay || this.destroyed || end === undefined || this.#readableEnd >= end || this.#position >= end)
      return;
    const first = Math.floor(this.#position / PIECE_BYTES);
    const told = this.#toldPiece;
    const waits = this.#position >= this.#readableEnd;
    if (told !== undefined && (first === told || (!waits && first < told + STEP_PIECES))) return;
    this.#toldPiece = first;
    const endPiece = Math.min(first + AHEAD_PIECES, Math.ceil(end / PIECE_BYTES));
    this.#tell({ type: 'readAhead', readerId: this.#id, first, end: endPiece });
  }

  #forgetPlace(): void {
    if (this.#toldPiece === undefined) return;
    this.#toldPiece = undefined;
    this.#tell({ type: 'stopReading', readerId: this.#id });
  }

  /** Reads available data if the consumer requests it. */
  async #fill(): Promise<void> {
    if (!this.#wanted || this.#filling || this.destroyed || this.#end === undefined) return;
    if (this.#position === this.#end) {
      this.push(null); // the range is empty
      return;
    }
    const length = Math.min(READ_BYTES, this.#end - this.#position, this.#readableEnd - this.#position);
    if (length <= 0) {
      this.#lookAhead();
      return;
    }
    this.#filling = true;
    const bytes = await this.#readBytes(length).catch((error: unknown) => {
      this.destroy(ShoalError.from(error, 'DISK_ERROR'));
    });
    this.#filling = false;
    if (this.destroyed) return;
    if (bytes) this.#give(bytes, this.#end);
    else if (this.#download.state.name === 'complete') void this.#fill(); // the file now has its final name
  }

  #give(bytes: Buffer, end: number): void {
    this.#position += bytes.length;
    this.#wanted = false;
    this.#lookAhead();
    this.push(bytes);
    if (this.#position === end) this.push(null);
  }

  /** @returns undefined if the partial file was renamed and the final file is not yet confirmed */
  async #readBytes(length: number): Promise<Buffer | undefined> {
    const { state } = this.#download;
    const path = state.name === 'complete' ? state.path : this.#partPath;
    if (path === undefined) return undefined;
    this.#file ??= this.#openFile(path);
    const opening = this.#file;
    let file: FileHandle;
    try {
      file = await opening;
    } catch (error) {
      if (this.#file === opening) this.#file = undefined;
      if (state.name !== 'complete' && errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, this.#position);
    if (bytesRead === 0) throw this.#changed();
    return buffer.subarray(0, bytesRead);
  }

  async #openFile(path: string): Promise<FileHandle> {
    // a named pipe must not block
    const file = await open(path, constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    if (stats.isFile() && stats.size === this.#download.progress.sizeBytes) return file;
    await file.close();
    throw this.#changed();
  }

  /** Waits for a pending open, then closes the file. */
  async #closeFile(): Promise<void> {
    const opening = this.#file;
    this.#file = undefined;
    const file = await opening?.catch(() => undefined); // the read handles it
    await file?.close();
  }

  #changed(): ShoalError {
    const { fileName, path } = this.#download;
    return new ShoalError('FILE_CHANGED', `${path} is no longer what was downloaded: download ${fileName} again.`);
  }
}
