import { closeSync } from 'node:fs';
import { errnoOf, openRegularSync } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';

/** Shared files that are open at once, most recently used. Sockets and other files need descriptors, too. */
const MAX_OPEN = 64;

/** Shared files that are open for reading, by path. */
export class OpenFiles {
  /** Least recently used first. */
  readonly #fds = new Map<string, number>();

  /** Returns the descriptor of a file. @throws ShoalError `NOT_A_FILE`, or errors of the disk */
  fdOf(path: string): number {
    const known = this.#fds.get(path);
    if (known !== undefined) this.#fds.delete(path);
    const fd = known ?? this.#open(path);
    this.#fds.set(path, fd);
    return fd;
  }

  /** Closes a file; the next use opens it again, because it may be another file by then. */
  close(path: string): void {
    const fd = this.#fds.get(path);
    if (fd === undefined) return;
    this.#fds.delete(path);
    closeSync(fd);
  }

  closeAll(): void {
    for (const path of [...this.#fds.keys()]) this.close(path);
  }

  #open(path: string): number {
    for (const [oldest] of this.#fds) {
      if (this.#fds.size < MAX_OPEN) break;
      this.close(oldest);
    }
    try {
      return openRegularSync(path);
    } catch (error) {
      if (!lacksDescriptors(error) || this.#fds.size === 0) throw error;
      this.closeAll();
      return openRegularSync(path);
    }
  }
}

/** Whether an error means that too many files are open, which is temporary. */
export function lacksDescriptors(error: unknown): boolean {
  const errno = errnoOf(error instanceof ShoalError ? error.cause : error);
  return errno === 'EMFILE' || errno === 'ENFILE';
}
