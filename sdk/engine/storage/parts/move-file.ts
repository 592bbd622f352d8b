import { lstatSync, renameSync } from 'node:fs';
import { link, lstat, rename, unlink } from 'node:fs/promises';
import { errnoOf, type FileStamp, sameStamp, stampOf } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';

/** Which existing file may be replaced: any, none, or only one that still has this stamp. */
export type Replaceable = boolean | FileStamp;

/** Renames a file. @throws ShoalError `DESTINATION_EXISTS` if another file than the replaceable one has the name */
export async function moveReplacing(from: string, to: string, replaceable: Replaceable): Promise<void> {
  if (replaceable === true) return rename(from, to);
  // Nothing runs between look and rename in this thread: only another process could still edit the file.
  if (replaceable !== false && hasStamp(to, replaceable)) return renameSync(from, to);
  await moveWithoutReplacing(from, to);
}

/** Whether a regular file, and no link, with this stamp is there. */
export function hasStamp(path: string, stamp: FileStamp): boolean {
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return there?.isFile() === true && sameStamp(stamp, stampOf(there));
}

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
