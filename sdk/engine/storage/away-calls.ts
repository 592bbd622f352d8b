import { ShoalError } from '../../protocol/index.js';
import { KeyedQueue } from '../util/keyed-queue.js';
import { diskUnavailable, SILENT_MS, unlessSilent } from '../workers/disk-silence.js';

// Turns and silence belong to the disk, so all downloads and folders of a thread share them.
const turns = new KeyedQueue<string>();
/** Disks that have left a call without an answer for too long, until they give it. */
const silent = new Set<string>();

/**
 * Asks a disk that may stop answering for something, in the background. The system has few hands there: each disk gets one of them, and
 * nothing more is asked of one that is silent.
 * @throws ShoalError `DISK_UNAVAILABLE`, or what `act` throws
 */
export async function callAway<T>(mount: string, act: () => Promise<T>, silentMs = SILENT_MS): Promise<T> {
  if (silent.has(mount)) throw diskUnavailable(mount);
  const answer = turns.take(mount, act).finally(() => silent.delete(mount));
  try {
    return await unlessSilent(mount, answer, silentMs);
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'DISK_UNAVAILABLE') silent.add(mount);
    throw error;
  }
}
