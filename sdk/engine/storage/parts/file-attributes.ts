import { fchmod, fchmodSync, fstat, fstatSync, futimes, futimesSync } from 'node:fs';
import { promisify } from 'node:util';

const [changeMode, statFile, changeTimes] = [promisify(fchmod), promisify(fstat), promisify(futimes)];

/** Half a microsecond: seconds in floating point would be cut to the millisecond below. */
const ROUNDING_MS = 0.0005;
const HAS_MODES = process.platform !== 'win32';

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
    if (executable && HAS_MODES) await changeMode(fd, executableMode((await statFile(fd)).mode));
    if (modifiedMs !== undefined) await changeTimes(fd, new Date(), timeFor(modifiedMs));
  } catch {
    // The file keeps its own attributes.
  }
}

/** Like `setAttributes`, synchronously: a small file is written in less time than a promise takes. */
export function setAttributesSync(fd: number, { modifiedMs, executable }: FileAttributes): void {
  try {
    if (executable && HAS_MODES) fchmodSync(fd, executableMode(fstatSync(fd).mode));
    if (modifiedMs !== undefined) futimesSync(fd, new Date(), timeFor(modifiedMs));
  } catch {
    // The file keeps its own attributes.
  }
}

/** The mode with which those may execute a file who may read it. */
function executableMode(mode: number): number {
  return (mode & 0o777) | ((mode & 0o444) >> 2);
}

/** Node takes a negative number for the present time, but not a date before 1970. */
function timeFor(modifiedMs: number): Date | number {
  return modifiedMs < 0 ? new Date(modifiedMs) : (modifiedMs + ROUNDING_MS) / 1000;
}
