import { ftruncate } from 'node:fs';
import { promisify } from 'node:util';
import { KeyedQueue } from '../../util/keyed-queue.js';

const truncate = promisify(ftruncate);
const disks = new KeyedQueue<bigint>();

/**
 * Allocates a file. A file system without sparse files (FAT) writes all of it, which takes a while. This thread does
 * not wait, and only one file of each disk is allocated at a time, because the thread pool is small.
 */
export function layOut(fd: number, disk: bigint, sizeBytes: number): Promise<void> {
  return disks.take(disk, () => truncate(fd, sizeBytes));
}
