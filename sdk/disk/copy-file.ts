import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, open, rename, rm } from 'node:fs/promises';
import { ShoalError } from '../protocol/index.js';
import { type FileStamp, sameStamp, stampAt } from './file-stamp.js';

/**
 * Copies a file with this stamp to a path, which only its user can read. The copy shares the blocks of the file where the file system
 * can. It has its name only when it is complete and flushed; the name itself may be lost in a crash.
 * @returns the stamp of the copy
 * @throws ShoalError `FILE_CHANGED` if the file has another stamp before or after it was copied, `NOT_A_FILE`; errors of the file system
 * as they are
 */
export async function copyFileDurably(source: string, stamp: FileStamp, path: string): Promise<FileStamp> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await requireStamp(source, stamp);
    await copyFile(source, beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(beside, 0o600);
    const file = await open(beside, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const copied = await stampAt(beside);
    await requireStamp(source, stamp);
    if (copied.sizeBytes !== stamp.sizeBytes) throw changed(source);
    await rename(beside, path);
    return copied;
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function requireStamp(path: string, stamp: FileStamp): Promise<void> {
  if (!sameStamp(await stampAt(path), stamp)) throw changed(path);
}

function changed(path: string): ShoalError {
  return new ShoalError(
    'FILE_CHANGED',
    `${path} changed before it was copied: try again when no other program writes to it.`,
  );
}
