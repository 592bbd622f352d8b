import { checkStamp, type FileStamp, fillAll } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';
import type { OpenFiles } from './open-files.js';

/** A complete file that serves a content. */
export interface Served {
  readonly path: string;
  readonly stamp: FileStamp;
  /**
   * Reads bytes of the file into `targets`, one after the other.
   * @throws ShoalError `FILE_CHANGED`, `PATH_NOT_FOUND` or `NOT_A_FILE` if the file is no longer what was shared, or
   * errors of the disk
   */
  read(targets: readonly Buffer[], position: number): void | Promise<void>;
  close(): void;
}

/** A shared file, opened when needed. It is served only while it is unchanged since it was hashed. */
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
    // After the read: a write between the check and the read would be served otherwise.
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
