import type { Readable } from 'node:stream';
import type { EngineEvent, ReaderCommand } from '../../engine/index.js';
import type { ShoalError } from '../../protocol/index.js';
import type { Download, ReadOptions } from '../api/download.js';
import { DownloadStream } from './download-stream.js';

let nextReaderId = 1;

/** The readers of one download. */
export class DownloadStreams {
  readonly #download: Download;
  readonly #tell: (command: ReaderCommand) => void;
  readonly #readers = new Map<number, DownloadStream>();

  constructor(download: Download, tell: (command: ReaderCommand) => void) {
    this.#download = download;
    this.#tell = tell;
  }

  /** @throws ShoalError `INVALID_ARGUMENT` */
  open(options: ReadOptions): Readable {
    const id = nextReaderId++;
    const reader = new DownloadStream(id, this.#download, options, this.#tell);
    this.#readers.set(id, reader);
    reader.once('close', () => this.#readers.delete(id)); // asynchronous, even after an immediate failure
    return reader;
  }

  onReadable({ readerId, end, path }: EngineEvent & { type: 'readable' }): void {
    this.#readers.get(readerId)?.readUpTo(end, path);
  }

  /** The engine sends no more data. */
  fail(error: ShoalError): void {
    for (const reader of this.#readers.values()) reader.destroy(error);
  }
}
