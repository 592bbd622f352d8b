import { hostname } from 'node:os';
import { join } from 'node:path';
import { type FolderLock, lockFolder, readOrMake, removeUnfinished } from '../../disk/index.js';
import { createTlsIdentity, readTlsIdentity, type TlsIdentity } from '../../identity/index.js';
import type { ShoalError } from '../../protocol/index.js';
import { Library } from '../library/library.js';
import { KeptNonce } from './kept-nonce.js';
import { KeptPort } from './kept-port.js';
import { KnownNodes } from './known-nodes.js';
import { KnownTrackers } from './known-trackers.js';

/** Everything that a client keeps on the disk. One process at a time uses it. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly knownTrackers: KnownTrackers;
  readonly knownNodes: KnownNodes;
  readonly library: Library;
  readonly keptPort: KeptPort;
  readonly keptNonce: KeptNonce;
  readonly lock: FolderLock;
}

/**
 * Opens a data folder, or creates one with a new device key.
 * @param warn receives messages about damaged files and a lock that is waited for
 * @param onLost another process took the folder: this one must not write there any more
 * @param signal ends the wait for a lock that another computer or container may hold
 * @throws ShoalError `ABORTED`, `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, or the disk's errors
 */
export async function openDataFolder(
  path: string,
  warn: (message: string) => void,
  onLost: (error: ShoalError) => void,
  signal?: AbortSignal,
): Promise<DataFolder> {
  const lock = await lockFolder(path, { onWait: warn, onLost, signal });
  try {
    await Promise.all([
      removeUnfinished(path),
      ...['manifests', 'contents'].map((name) => removeUnfinished(join(path, name))),
    ]);
    const [identity, knownTrackers, knownNodes, library, keptPort] = await Promise.all([
      readOrMake(join(path, 'device.json'), readTlsIdentity, makeIdentity, WHEN_LOST),
      KnownTrackers.open(path),
      KnownNodes.open(path, warn),
      Library.open(path, warn),
      KeptPort.open(path, warn),
    ]);
    return { identity, knownTrackers, knownNodes, library, keptPort, keptNonce: new KeptNonce(path), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const WHEN_LOST = "restore this device's key from a backup, or remove the file to begin as a new device.";

function makeIdentity(): Promise<TlsIdentity> {
  return createTlsIdentity(`shoal device on ${hostname()}`.slice(0, 64));
}
