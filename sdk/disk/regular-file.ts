import { close, closeSync, constants, fstat, fstatSync, open, openSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { ShoalError } from '../protocol/index.js';
import { errnoOf } from './errno.js';

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** Without this flag, opening a pipe waits for its other end. Windows has neither the flag nor such pipes. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/**
 * Opens a regular file and returns its descriptor. It does not wait at a pipe, a socket or a device.
 * @throws ShoalError `NOT_A_FILE`; errors of the file system as they are
 */
export async function openRegular(path: string, flags: number = constants.O_RDONLY, mode = 0o666): Promise<number> {
  const fd = await openFile(path, flags | NO_WAIT, mode).catch((error: unknown) => {
    throw whyNot(error, path);
  });
  try {
    requireRegular(await statFile(fd), path);
    return fd;
  } catch (error) {
    await closeFile(fd);
    throw error;
  }
}

/** Like `openRegular`, synchronously. */
export function openRegularSync(path: string, flags: number = constants.O_RDONLY, mode = 0o666): number {
  let fd: number;
  try {
    fd = openSync(path, flags | NO_WAIT, mode);
  } catch (error) {
    throw whyNot(error, path);
  }
  try {
    requireRegular(fstatSync(fd), path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The system cannot open a socket, or a pipe without a reader. */
function whyNot(error: unknown, path: string): unknown {
  return errnoOf(error) === 'ENXIO' ? notRegular(path, 'a pipe, a socket or a device') : error;
}

function requireRegular(stats: Stats, path: string): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw notRegular(path, 'a folder');
  throw notRegular(path, stats.isFIFO() ? 'a pipe' : 'a device');
}

function notRegular(path: string, what: string): ShoalError {
  return new ShoalError('NOT_A_FILE', `${path} is ${what} instead of a regular file: name a file, or move it away.`);
}
