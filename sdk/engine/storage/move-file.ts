import { link, lstat, rename, unlink } from 'node:fs/promises';
import { errnoOf } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';

/** Renames a file only if the name is free, in one step if the file system has hard links. */
export async function moveWithoutReplacing(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || (await exists(to))) throw destinationExists(to);
    await rename(from, to); // FAT, some network disks: no hard links
    return;
  }
  await unlink(from);
}

export function destinationExists(path: string): ShoalError {
  return new ShoalError('DESTINATION_EXISTS', `${path} exists already: choose another place, or replace it.`);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
