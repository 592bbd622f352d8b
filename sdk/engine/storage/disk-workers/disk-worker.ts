import { parentPort, workerData } from 'node:worker_threads';
import { DiskJobs } from './disk-jobs.js';
import type { DiskOrder } from './disk-messages.js';

/** A worker thread that writes and checks what downloads fetch. */

const jobs = new DiskJobs(handedOver(workerData), (message) => parentPort?.postMessage(message));
parentPort?.on('message', (order: DiskOrder) => jobs.handle(order));

/** The shared memory in which pieces arrive, from the thread that starts this one. */
function handedOver(given: unknown): SharedArrayBuffer {
  if (given instanceof SharedArrayBuffer) return given;
  throw new TypeError('A check worker is started with the memory of pieces.');
}
