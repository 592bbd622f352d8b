import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eachInLanes } from '../program/index.js';

/** Files that are written in parallel: a few more than the thread pool has threads. */
const WRITES_AT_ONCE = 16;

/**
 * Replaces a file atomically: after a crash, either the old or the new file is complete. The new file is flushed when
 * the promise resolves.
 */
export function writeFileDurably(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  return replaceFileDurably(path, data, undefined, mode);
}

/** Like `writeFileDurably`. Calls `before` when the new file is flushed but not yet renamed. */
export async function replaceFileDurably(
  path: string,
  data: string | Uint8Array,
  before?: () => Promise<void>,
  mode = 0o600,
): Promise<void> {
  await replaceFile(path, data, mode, before);
  await syncFolder(dirname(path));
}

/** Replaces files of one folder, each atomically, and flushes their names once. */
export async function writeFilesDurably(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await eachInLanes(WRITES_AT_ONCE, [...files], ([name, data]) => replaceFile(join(folder, name), data, 0o600));
  await syncFolder(folder);
}

/** Replaces a file whose new name is not flushed yet. */
async function replaceFile(
  path: string,
  data: string | Uint8Array,
  mode: number,
  before?: () => Promise<void>,
): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await before?.();
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Removes the temporary files of a killed process. The caller must hold the folder's lock. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const unfinished = names.filter((name) => /\.[0-9a-f]{12}\.new$/.test(name));
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true })));
}

/** Flushes the names in a folder. Windows cannot open folders and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  // refuses a pipe instead of waiting for it
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
