import { lstat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes } from '../../program/index.js';
import type { WalkedFile } from '../selection/walk-folder.js';

const LANES = 8;
const CHUNK = 32;

/** The files that stay as they are for a while: nobody is writing them. */
export async function settledFiles<T extends WalkedFile>(
  files: readonly T[],
  forMs: number,
  signal: AbortSignal | undefined,
): Promise<T[]> {
  if (files.length === 0) return [];
  await sleep(forMs, undefined, { signal });
  const settled = new Set<T>();
  await inLanes(LANES, files, CHUNK, async (some) => {
    for (const file of some) {
      const now = await lstat(file.path, { bigint: true }).catch(() => undefined);
      if (now?.mtimeNs === file.modifiedNs && Number(now.size) === file.sizeBytes) settled.add(file);
    }
  });
  return files.filter((file) => settled.has(file));
}
