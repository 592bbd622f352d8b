import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ShoalError } from '../protocol/index.js';

/** Identifies an unchanged file: its size and modification time. */
export interface FileStamp {
  /** Size in bytes. */
  readonly sizeBytes: number;
  /** Modification time in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
}

/** The stamp in the stats of a file. */
export function stampOf(stats: BigIntStats): FileStamp {
  return { sizeBytes: Number(stats.size), modifiedNs: stats.mtimeNs };
}

/**
 * Reads the stamp of the file at a path.
 * @throws ShoalError `NOT_A_FILE`; errors of the file system as they are
 */
export async function stampAt(path: string): Promise<FileStamp> {
  return stampOfFile(path, await stat(path, { bigint: true }));
}

/** Like `stampAt`, synchronously. */
export function stampAtSync(path: string): FileStamp {
  return stampOfFile(path, statSync(path, { bigint: true }));
}

function stampOfFile(path: string, stats: BigIntStats): FileStamp {
  if (!stats.isFile()) throw new ShoalError('NOT_A_FILE', `${path} is not a regular file: name a file.`);
  return stampOf(stats);
}

/** Whether two stamps are equal. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs;
}

/** Compares an open file with its stamp: `same`, `changed`, or `gone` if no name refers to it any more. */
export function checkStamp(fd: number, stamp: FileStamp): 'same' | 'changed' | 'gone' {
  const stats = fstatSync(fd, { bigint: true });
  if (stats.nlink === 0n) return 'gone';
  return sameStamp(stampOf(stats), stamp) ? 'same' : 'changed';
}
