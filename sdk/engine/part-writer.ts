import { closeSync, constants, openSync } from 'node:fs';
import { NO_FOLLOW, writeFullySync } from '../disk/index.js';
import { DirectFile } from './direct-file.js';

/** Writes pieces into a partial file: into the system's cache, or past it where nobody is about to read them. */
export class PartWriter {
  readonly fd: number;
  readonly #path: string;
  /** Null where the system has no such thing; opened when first needed. */
  #direct: DirectFile | null | undefined;

  /** @throws the disk's errors */
  constructor(path: string) {
    this.#path = path;
    this.fd = openSync(path, constants.O_RDWR | NO_FOLLOW);
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
