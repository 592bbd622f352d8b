import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ShoalError } from '../protocol/index.js';

/** By what a shared file is recognised as unchanged: its size and the time of its last change, in nanoseconds. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

export function stampOf(stats: BigIntStats): FileStamp {
  return { sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
}

/** @throws ShoalError `NOT_A_FILE`, or the disk's errors */
export async function stampAt(path: string): Promise<FileStamp> {
  return stampOfFile(path, await stat(path, { bigint: true }));
}

/** As `stampAt`, where nothing else is to go on meanwhile. */
export function stampAtSync(path: string): FileStamp {
  return stampOfFile(path, statSync(path, { bigint: true }));
}

function stampOfFile(path: string, stats: BigIntStats): FileStamp {
  if (!stats.isFile()) throw new ShoalError('NOT_A_FILE', `${path} is not a regular file: name a file.`);
  return stampOf(stats);
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs;
}

/** How an open file stands now: as when it was stamped, changed, or with no name left. */
export function checkStamp(fd: number, stamp: FileStamp): 'same' | 'changed' | 'gone' {
  const stats = fstatSync(fd, { bigint: true });
  if (stats.nlink === 0n) return 'gone';
  return sameStamp(stampOf(stats), stamp) ? 'same' : 'changed';
}
