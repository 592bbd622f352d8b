import { closeSync, constants, fstatSync } from 'node:fs';
import { type FileId, isSameFile, NO_FOLLOW, openRegularSync, writeFullySync } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { DirectFile } from './direct-file.js';

/** Where a partial file is, and which file that is. */
export interface PartPlace {
  readonly path: string;
  readonly id: FileId;
}

/** Writes pieces into a partial file: into the system's cache, or past it where nobody is about to read them. */
export class PartWriter {
  readonly fd: number;
  readonly #path: string;
  /** Null where the system has no such thing; opened when first needed. */
  #direct: DirectFile | null | undefined;

  /** @throws ShoalError `FILE_CHANGED` when another file stands there by now, or the disk's errors */
  constructor({ path, id }: PartPlace) {
    this.#path = path;
    this.fd = openRegularSync(path, constants.O_RDWR | NO_FOLLOW);
    if (isSameFile(fstatSync(this.fd, { bigint: true }), id)) return;
    closeSync(this.fd);
    throw new ShoalError('FILE_CHANGED', 'Another program replaced the partial file: start the download again.');
  }

  /** Writes all of `bytes`, which stay as they are until `onWritten`: at once, or a while later. */
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

  /** When all was written that was to be; closes. */
  async close(): Promise<void> {
    try {
      await this.#direct?.close();
    } finally {
      closeSync(this.fd);
    }
  }
}
