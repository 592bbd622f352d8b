import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const FOLDER_PREFIX = 'shoal-socket-';

/**
 * An unpredictable address for a local socket that no other user can take: a named pipe on Windows, otherwise a socket
 * in a new private folder. (Not in the data folder: on macOS, the path of a socket has at most 104 bytes.)
 */
export async function makeLocalAddress(): Promise<string> {
  if (process.platform === 'win32') return `\\\\.\\pipe\\shoal-${randomBytes(16).toString('hex')}`;
  return join(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)), 'socket');
}

/** Removes the files of a local address. */
export async function removeLocalAddress(address: string): Promise<void> {
  const folder = dirname(address);
  if (!basename(folder).startsWith(FOLDER_PREFIX)) return;
  await rm(folder, { recursive: true, force: true });
}
