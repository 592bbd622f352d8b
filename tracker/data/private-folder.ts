import { chmod, chown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';

const OTHERS = 0o077;

/**
 * Removes the access of other users to a folder and to those of its files that begin with `prefix`. Windows has no such
 * modes, and protects the folders of a user itself.
 * @throws ShoalError `PERMISSION_DENIED` if other users keep access
 */
export async function closeToOthers(folder: string, prefix: string): Promise<void> {
  if (process.platform === 'win32') return;
  await closeOne(folder);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    await closeOne(join(folder, name)).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error; // otherwise SQLite took it away meanwhile
    });
  }
}

/** As root, gives a file to the owner of its folder, whose tracker has to read it. SQLite does the same with its files. */
export async function giveToOwner(folder: string, name: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  await chown(join(folder, name), uid, gid);
}

async function closeOne(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0) return;
  try {
    await chmod(path, mode & 0o7700);
  } catch (error) {
    throw errnoOf(error) === 'ENOENT' ? error : isOpen(path, error);
  }
  if (((await stat(path)).mode & OTHERS) !== 0) throw isOpen(path); // the file system has no modes
}

function isOpen(path: string, cause?: unknown): ShoalError {
  return new ShoalError(
    'PERMISSION_DENIED',
    `Other users of this computer can access ${path}, and the tracker cannot prevent it: make the tracker's user its owner, or choose another data folder.`,
    { cause },
  );
}
