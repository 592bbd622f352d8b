import { close, closeSync, fstat, fstatSync, read, readSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { ShoalError } from '../protocol/index.js';
import { openRegular, openRegularSync } from './regular-file.js';

const [closeFile, statFile, readBytes] = [promisify(close), promisify(fstat), promisify(read)];

/** Options of `readFileWithin`. */
export interface ReadFileOptions {
  /** Whether the file belongs to the user, who may have got it from others, and not to Shoal. Default false. */
  readonly isForeign?: boolean;
}

/**
 * Reads a whole file. Reads nothing of a file larger than `mostBytes`.
 * @throws ShoalError `DATA_DIR_INVALID` if it is larger or belongs to another user; `NOT_A_FILE`; errors of the file
 * system as they are
 */
export async function readFileWithin(
  path: string,
  mostBytes: number,
  { isForeign = false }: ReadFileOptions = {},
): Promise<Buffer> {
  const fd = await openRegular(path);
  try {
    const stats = await statFile(fd);
    if (stats.size > mostBytes) {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} has ${stats.size} bytes, more than the allowed ${mostBytes}: restore it from a backup, or move it away.`,
      );
    }
    if (!isForeign) requireTrusted(stats, path);
    return await readStart(fd, stats.size);
  } finally {
    await closeFile(fd);
  }
}

/** Reads the first bytes of an open file, at most `mostBytes`. @throws errors of the file system as they are */
export async function readStart(fd: number, mostBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.min(mostBytes, (await statFile(fd)).size));
  let count = 0;
  while (count < bytes.length) {
    const { bytesRead } = await readBytes(fd, bytes, count, bytes.length - count, count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return bytes.subarray(0, count);
}

/**
 * Reads the first bytes of a file of Shoal, at most `mostBytes`.
 * @throws ShoalError `DATA_DIR_INVALID` if it belongs to another user; `NOT_A_FILE`; errors of the file system as they
 * are
 */
export function readStartSync(path: string, mostBytes: number): Buffer {
  const fd = openRegularSync(path);
  try {
    const stats = fstatSync(fd);
    requireTrusted(stats, path);
    const bytes = Buffer.allocUnsafe(Math.min(mostBytes, stats.size));
    let count = 0;
    while (count < bytes.length) {
      const read = readSync(fd, bytes, count, bytes.length - count, count);
      if (read === 0) break;
      count += read;
    }
    return bytes.subarray(0, count);
  } finally {
    closeSync(fd);
  }
}

/**
 * A file of Shoal must belong to the user, the administrator, or the owner of its folder, who could replace it anyway.
 */
function requireTrusted({ uid }: Stats, path: string): void {
  if (uid === process.geteuid?.() || uid === 0) return;
  if (statSync(dirname(path)).uid === uid) return;
  throw new ShoalError(
    'DATA_DIR_INVALID',
    `${path} belongs to another user of this computer, and is not trusted: move it away, or change its owner.`,
  );
}
