import { join } from 'node:path';
import type { HashPool } from '../../engine/index.js';
import type { DiskSpace } from '../local/disk-space.js';
import { inLanes } from '../util/in-lanes.js';
import type { FolderHandle } from './folder-handle.js';
import type { PreparedFolder } from './folder-preparation.js';

/** Files that are looked at together. */
const LOOKS_AT_ONCE = 16;

/** Sees to it that there is room for what a folder lacks. @throws ShoalError `NO_SPACE` */
export async function claimFolderSpace(
  space: DiskSpace,
  handle: FolderHandle,
  prepared: PreparedFolder,
  hashes: HashPool,
): Promise<void> {
  const { record, sizeBytes } = prepared;
  let thereBytes = 0;
  const arrival = {
    path: record.root,
    isFolder: true,
    isComing: () => handle.isRunning,
    missingBytes: async () => Math.max(0, sizeBytes - Math.max(handle.progress.doneBytes, thereBytes)),
  };
  try {
    await space.claim(arrival);
  } catch {
    thereBytes = await bytesThere(prepared, hashes); // it takes a while to find out, and seldom matters
    await space.claim(arrival);
  }
}

/** How much of a folder stands in its place already, by the sizes of its files. */
async function bytesThere({ record, placed }: PreparedFolder, hashes: HashPool): Promise<number> {
  let bytes = 0;
  await inLanes(LOOKS_AT_ONCE, placed, 1, async ([one]) => {
    if (!one) return;
    const stamp = await hashes.stamp(join(record.root, ...one.segments)).catch(() => undefined);
    if (stamp?.sizeBytes === one.file.sizeBytes) bytes += stamp.sizeBytes;
  });
  return bytes;
}
