import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** Digests every piece on its own and as part of the whole file. */

const PIECE_BYTES = 512 * 1024;
const whole = createHash('sha1');

parentPort?.on('message', (/** @type {number[]} */ slots) => {
  for (const slot of slots) {
    const bytes = Buffer.from(workerData, slot * PIECE_BYTES, PIECE_BYTES);
    createHash('sha1').update(bytes).digest();
    whole.update(bytes);
  }
  parentPort?.postMessage(slots);
});
