import { readSync, readvSync } from 'node:fs';

/** Reads until `target` is full or the file ends; how many bytes were read. */
export function readFully(fd: number, target: Buffer, position: number): number {
  let count = 0;
  while (count < target.length) {
    const read = readSync(fd, target, count, target.length - count, position + count);
    if (read === 0) break;
    count += read;
  }
  return count;
}

/** Fills `targets` one after the other, with a single call where the system gives all at once; whether the file had so much. */
export function fillAll(fd: number, targets: readonly Buffer[], position: number): boolean {
  const wanted = targets.reduce((sum, { length }) => sum + length, 0);
  if (targets.length > 1 && readvSync(fd, targets, position) === wanted) return true;
  let at = position;
  for (const target of targets) {
    if (readFully(fd, target, at) < target.length) return false;
    at += target.length;
  }
  return true;
}
