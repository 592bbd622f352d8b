import { join } from 'node:path';
import type { HashPool } from '../../engine/index.js';
import { eachInLanes } from '../../program/index.js';
import type { DiskSpace } from '../local/disk-space.js';
import type { FolderHandle } from './folder-handle.js';
import type { PreparedFolder } from './folder-preparation.js';

/** Files that are examined in parallel. */
const LOOKS_AT_ONCE = 16;

/** Claims disk space for the missing files of a folder. @throws ShoalError `NO_SPACE` */
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
    thereBytes = await bytesThere(prepared, hashes); // slow, and rarely necessary
    await space.claim(arrival);
  }
}

/** Bytes of the folder's files that already exist, judged by their sizes. */
async function bytesThere({ record, placed }: PreparedFolder, hashes: HashPool): Promise<number> {
  let bytes = 0;
  await eachInLanes(LOOKS_AT_ONCE, placed, async (one) => {
    const stamp = await hashes.stamp(join(record.root, ...one.segments)).catch(() => undefined);
    if (stamp?.sizeBytes === one.file.sizeBytes) bytes += stamp.sizeBytes;
  });
  return bytes;
}
