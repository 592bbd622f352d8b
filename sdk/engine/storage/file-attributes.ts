import { fchmod, fstat, futimes } from 'node:fs';
import { promisify } from 'node:util';

const [changeMode, statFile, changeTimes] = [promisify(fchmod), promisify(fstat), promisify(futimes)];

/** Half a microsecond: seconds in floating point would be cut to the millisecond below. */
const ROUNDING_MS = 0.0005;

/** What the publisher of a file tells of it, beside its content. */
export interface FileAttributes {
  /** Modification time in milliseconds since 1970. */
  readonly modifiedMs?: number | undefined;
  /** Whether the file can be executed. */
  readonly executable?: boolean | undefined;
}

/**
 * Gives an open file its modification time, and makes it executable for all who may read it. A file system that refuses that does
 * not matter: the content is complete.
 */
export async function setAttributes(fd: number, { modifiedMs, executable }: FileAttributes): Promise<void> {
  try {
    if (executable && process.platform !== 'win32') {
      const { mode } = await statFile(fd);
      await changeMode(fd, (mode & 0o777) | ((mode & 0o444) >> 2));
    }
    if (modifiedMs === undefined) return;
    // Node takes a negative number for the present time, but not a date before 1970.
    const modified = modifiedMs < 0 ? new Date(modifiedMs) : (modifiedMs + ROUNDING_MS) / 1000;
    await changeTimes(fd, new Date(), modified);
  } catch {
    // The file keeps its own attributes.
  }
}
