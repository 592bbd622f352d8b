import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskSpace } from '../local/disk-space.js';
import type { FolderHandle } from './folder-handle.js';
import type { PreparedFolder } from './folder-preparation.js';

/** Files that are looked at together. */
const LOOKS_AT_ONCE = 16;

/** Sees to it that there is room for what a folder lacks. @throws ShoalError `NO_SPACE` */
export async function claimFolderSpace(
  space: DiskSpace,
  handle: FolderHandle,
  prepared: PreparedFolder,
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
    thereBytes = await bytesThere(prepared); // it takes a while to find out, and seldom matters
    await space.claim(arrival);
  }
}

/** How much of a folder stands in its place already, by the sizes of its files. */
async function bytesThere({ record, placed }: PreparedFolder): Promise<number> {
  let bytes = 0;
  let next = 0;
  const lane = async () => {
    for (let one = placed[next++]; one; one = placed[next++]) {
      const { size } = (await lstat(join(record.root, ...one.segments)).catch(() => undefined)) ?? {};
      if (size === one.file.sizeBytes) bytes += size;
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lane));
  return bytes;
}
