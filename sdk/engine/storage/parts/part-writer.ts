import { closeSync, constants, fstatSync } from 'node:fs';
import { type FileId, isSameFile, NO_FOLLOW, openRegularSync, writeFullySync } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';
import { DirectFile } from './direct-file.js';

/** The path of a partial file, and its id. */
export interface PartPlace {
  readonly path: string;
  readonly id: FileId;
}

/** Writes pieces into a partial file: through the page cache, or past it if nobody is about to read them. */
export class PartWriter {
  readonly fd: number;
  readonly #path: string;
  /** Null if the system cannot write directly; opened when first needed. */
  #direct: DirectFile | null | undefined;

  /** @throws ShoalError `FILE_CHANGED` if another file is there now, or errors of the disk */
  constructor({ path, id }: PartPlace) {
    this.#path = path;
    this.fd = openRegularSync(path, constants.O_RDWR | NO_FOLLOW);
    if (isSameFile(fstatSync(this.fd, { bigint: true }), id)) return;
    closeSync(this.fd);
    throw new ShoalError('FILE_CHANGED', 'Another program replaced the partial file: start the download again.');
  }

  /** Writes all of `bytes`, which must not change until `onWritten`, now or later. */
  write(bytes: Buffer, position: number, isCached: boolean, onWritten: (error?: Error) => void): void {
    if (!isCached) {
      if (this.#direct === undefined) this.#direct = DirectFile.open(this.#path, this.fd) ?? null;
      if (this.#direct?.takes(bytes.length)) {
        this.#direct.write(bytes, position, onWritten);
        return;
      }
    }
    try {
      writeFullySync(this.fd, bytes, position);
    } catch (error) {
      onWritten(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    onWritten();
  }

  /** Waits for all writes, and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#direct?.close();
    } finally {
      closeSync(this.fd);
    }
  }
}
