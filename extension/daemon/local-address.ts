import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const FOLDER_PREFIX = 'shoal-socket-';

/**
 * An address for a local socket that nobody can guess or take before us: a named pipe on Windows, elsewhere a socket in a
 * new folder that is its owner's alone. (Not in the data folder: a socket's path has 104 bytes at most on macOS.)
 */
export async function makeLocalAddress(): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\shoal-${randomBytes(16).toString('hex')}`;
  return join(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)), 'socket');
}

/** Removes what a local address left on the disk. */
export async function removeLocalAddress(address: string): Promise<void> {
  const folder = dirname(address);
  if (!basename(folder).startsWith(FOLDER_PREFIX)) return;
  await rm(folder, { recursive: true, force: true });
}
