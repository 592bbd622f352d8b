import { type BigIntStats, fstatSync } from 'node:fs';
import type { FileStamp } from './messages.js';

export function stampOf(stats: BigIntStats): FileStamp {
  return { sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
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
