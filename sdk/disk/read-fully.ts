import { read, readSync, readvSync } from 'node:fs';
import { promisify } from 'node:util';

const readLater = promisify(read);

/** Reads until `target` is full or the file ends. Returns the number of bytes. */
export function readFully(fd: number, target: Buffer, position: number): number {
  let count = 0;
  while (count < target.length) {
    const read = readSync(fd, target, count, target.length - count, position + count);
    if (read === 0) break;
    count += read;
  }
  return count;
}

/** Like `readFully`, without blocking the thread. */
export async function readInBackground(fd: number, target: Buffer, position: number): Promise<number> {
  let count = 0;
  while (count < target.length) {
    const { bytesRead } = await readLater(fd, target, count, target.length - count, position + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return count;
}

/** Total length of the buffers in bytes. */
export function roomIn(targets: readonly Buffer[]): number {
  return targets.reduce((sum, { length }) => sum + length, 0);
}

/** Copies `bytes` into `targets`, one after the other. */
export function spread(bytes: Uint8Array, targets: readonly Buffer[]): void {
  let at = 0;
  for (const target of targets) {
    target.set(bytes.subarray(at, at + target.length));
    at += target.length;
  }
}

/**
 * Reads into `targets`, one after the other, with a single system call if possible. Returns false if the file is too
 * short.
 */
export function fillAll(fd: number, targets: readonly Buffer[], position: number): boolean {
  if (targets.length > 1 && readvSync(fd, targets, position) === roomIn(targets)) return true;
  let at = position;
  for (const target of targets) {
    if (readFully(fd, target, at) < target.length) return false;
    at += target.length;
  }
  return true;
}
