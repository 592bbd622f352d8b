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
export function copyFileDurably(source: string, stamp: FileStamp, path: string): Promise<FileStamp> {
  return makeCopy(path, stamp.sizeBytes, async (beside) => {
    await requireStamp(source, stamp);
    await copyFile(source, beside, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await requireStamp(source, stamp);
  });
}

/** Like `copyFileDurably`, from bytes that `read` gives in order. */
export function writeCopyDurably(
  path: string,
  sizeBytes: number,
  read: (position: number) => Promise<Uint8Array>,
): Promise<FileStamp> {
  return makeCopy(path, sizeBytes, async (beside) => {
    const file = await open(beside, 'wx', 0o600);
    try {
      for (let position = 0; position < sizeBytes; ) {
        const bytes = await read(position);
        if (bytes.length === 0) throw changed(path);
        await file.writeFile(bytes);
        position += bytes.length;
      }
    } finally {
      await file.close();
    }
  });
}

async function makeCopy(path: string, sizeBytes: number, make: (beside: string) => Promise<void>): Promise<FileStamp> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await make(beside);
    await chmod(beside, 0o600);
    const file = await open(beside, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    const copied = await stampAt(beside);
    if (copied.sizeBytes !== sizeBytes) throw changed(path);
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
  return new ShoalError('FILE_CHANGED', `${path} changed while it was copied: try again when no program writes to it.`);
}
