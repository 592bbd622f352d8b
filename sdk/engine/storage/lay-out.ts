import { ftruncate } from 'node:fs';
import { promisify } from 'node:util';
import { KeyedQueue } from '../util/keyed-queue.js';

const truncate = promisify(ftruncate);
const disks = new KeyedQueue<bigint>();

/**
 * Gives a file its size. A disk that knows no holes (FAT) writes all of it, which takes a while: so this thread does not wait, and of a disk's
 * files one is laid out at a time, for the system has few hands for what is done in the background.
 */
export function layOut(fd: number, disk: bigint, sizeBytes: number): Promise<void> {
  return disks.take(disk, () => truncate(fd, sizeBytes));
}
