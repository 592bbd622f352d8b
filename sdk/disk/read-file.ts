import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ShoalError } from '../protocol/index.js';

/**
 * Reads a whole file of which more than `mostBytes` would be nothing of ours: then nothing is read.
 * @throws ShoalError `DATA_DIR_INVALID` when it is larger; the system's errors as they are
 */
export async function readFileWithin(path: string, mostBytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > mostBytes) {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} has ${size} bytes, more than the ${mostBytes} that it may have: restore it from a backup, or move it away.`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** The first bytes of a file, `mostBytes` at most. @throws the system's errors as they are */
export function readStartSync(path: string, mostBytes: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(Math.min(mostBytes, fstatSync(fd).size));
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
