import { ShoalError } from '../../../protocol/index.js';
import { KeyedQueue } from '../../util/keyed-queue.js';
import { diskUnavailable, SILENT_MS, unlessSilent } from '../../workers/disk-silence.js';

// Turns and silence belong to the disk, so all downloads and folders of a thread share them.
const turns = new KeyedQueue<string>();
/** Disks that have not answered a call for too long, until they do. */
const silent = new Set<string>();

/**
 * Calls a disk that may stop answering, in the background. The thread pool is small, so each disk gets one of its
 * threads, and a silent disk gets no further calls.
 * @throws ShoalError `DISK_UNAVAILABLE`, or the errors of `act`
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
