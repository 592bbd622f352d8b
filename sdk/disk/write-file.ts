import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files that are written at the same time: as many as the thread pool has hands for, and some that wait. */
const WRITES_AT_ONCE = 16;

/** Replaces a file in one step: a crash at any moment leaves the old one or the new one, whole. On the disk when it returns. */
export function writeFileDurably(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  return replaceFileDurably(path, data, undefined, mode);
}

/** As `writeFileDurably`; `before` is called when the new file is on the disk and does not have its name yet. */
export async function replaceFileDurably(
  path: string,
  data: string | Uint8Array,
  before?: () => Promise<void>,
  mode = 0o600,
): Promise<void> {
  await replaceFile(path, data, mode, before);
  await syncFolder(dirname(path));
}

/** Replaces files of one folder, each in one step, and waits for the disk once for all of their names. */
export async function writeFilesDurably(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const all = [...files];
  let next = 0;
  const lane = async () => {
    for (let file = all[next++]; file; file = all[next++]) await replaceFile(join(folder, file[0]), file[1], 0o600);
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, lane));
  await syncFolder(folder);
}

/** The new file is on the disk, its name not yet. */
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

/** Removes what a process that was killed left of files it was writing; for whoever holds the folder alone. */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const unfinished = names.filter((name) => /\.[0-9a-f]{12}\.new$/.test(name));
  await Promise.all(unfinished.map((name) => rm(join(folder, name), { force: true })));
}

/** Makes the names in a folder durable. Windows cannot open folders, and needs no such thing. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY); // a pipe would be waited for
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
