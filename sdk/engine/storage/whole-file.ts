import { checkStamp, type FileStamp, fillAll } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import type { OpenFiles } from './open-files.js';

/** A whole file that a content is read from. */
export interface Served {
  readonly path: string;
  readonly stamp: FileStamp;
  /**
   * Reads bytes of the file into `targets`, filling one after the other.
   * @throws ShoalError `FILE_CHANGED`, `PATH_NOT_FOUND` or `NOT_A_FILE` when the file is no longer what was shared, or the disk's errors
   */
  read(targets: readonly Buffer[], position: number): void | Promise<void>;
  close(): void;
}

/** A file of the user's, opened when asked for; it is served only as long as it is as when it was hashed. */
export class WholeFile implements Served {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly #open: OpenFiles;

  constructor(path: string, stamp: FileStamp, open: OpenFiles) {
    this.path = path;
    this.stamp = stamp;
    this.#open = open;
  }

  read(targets: readonly Buffer[], position: number): void {
    const fd = this.#open.fdOf(this.path);
    if (!fillAll(fd, targets, position)) throw changedError();
    // After the bytes were read: what is written between a look and a read would be served.
    const state = checkStamp(fd, this.stamp);
    if (state === 'changed') throw changedError();
    if (state === 'gone') throw new ShoalError('PATH_NOT_FOUND', 'The shared file is gone.');
  }

  close(): void {
    this.#open.close(this.path);
  }
}

export function changedError(): ShoalError {
  return new ShoalError('FILE_CHANGED', 'The shared file changed.');
}

export function shorterError(): ShoalError {
  return new ShoalError('FILE_CHANGED', 'The partial file became shorter.');
}
