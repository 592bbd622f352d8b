import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { errnoOf, type FolderLock, lockFolder, writeFileDurably } from '../disk/index.js';
import { createTlsIdentity, readTlsIdentity, type TlsIdentity } from '../identity/index.js';
import { ShoalError } from '../protocol/index.js';
import { KnownTrackers } from './known-trackers.js';
import { Library } from './library.js';

const DEVICE_FILE = z.object({ privateKeyPem: z.string(), certificatePem: z.string() });

/** Everything that a client keeps on the disk, held by one process at a time. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly knownTrackers: KnownTrackers;
  readonly library: Library;
  readonly lock: FolderLock;
}

/**
 * Opens a data folder, or makes a new one with a key for this device.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, or the disk's errors
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
  const lock = await lockFolder(path);
  try {
    const [identity, knownTrackers, library] = await Promise.all([
      openIdentity(join(path, 'device.json')),
      KnownTrackers.open(path),
      Library.open(path),
    ]);
    return { identity, knownTrackers, library, lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openIdentity(path: string): Promise<TlsIdentity> {
  try {
    return readTlsIdentity(DEVICE_FILE.parse(JSON.parse(await readFile(path, 'utf8'))));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} holds no device key: restore it from a backup, or remove it to begin as a new device.`,
        {
          cause: error,
        },
      );
    }
  }
  const identity = await createTlsIdentity(`shoal device on ${hostname()}`.slice(0, 64));
  const { privateKeyPem, certificatePem } = identity;
  await writeFileDurably(path, `${JSON.stringify({ privateKeyPem, certificatePem }, null, 2)}\n`);
  return identity;
}
