import { parentPort } from 'node:worker_threads';
import { ShoalError } from '../protocol/index.js';
import { checkPieces, hashWholeFile } from './hash-jobs.js';
import type { HashAnswer, HashOrder } from './hash-pool.js';

/** A worker thread that hashes. Several jobs take turns. */

type Startable = HashOrder & { type: 'manifest' | 'check' };

/** Files that are hashed at once: more would only take turns, each with a file open. */
const MAX_AT_ONCE = 4;

const jobs = new Map<number, AbortController>();
const queue: { order: Startable; abort: AbortController }[] = [];
let running = 0;

function answer(message: HashAnswer): void {
  parentPort?.postMessage(message);
}

async function run(order: Startable, signal: AbortSignal): Promise<HashAnswer> {
  const { id } = order;
  switch (order.type) {
    case 'manifest': {
      const onProgress = (hashedBytes: number, sizeBytes: number) =>
        answer({ id, type: 'progress', hashedBytes, sizeBytes });
      return { id, type: 'manifest', ...(await hashWholeFile(order.path, order.algorithm, signal, onProgress)) };
    }
    case 'check':
      return { id, type: 'checked', good: await checkPieces(order.path, order.manifest, order.pieces, signal) };
  }
}

parentPort?.on('message', (order: HashOrder) => {
  if (order.type === 'cancel') {
    jobs.get(order.id)?.abort();
    return;
  }
  const abort = new AbortController();
  jobs.set(order.id, abort);
  queue.push({ order, abort });
  startQueued();
});

function startQueued(): void {
  while (running < MAX_AT_ONCE) {
    const next = queue.shift();
    if (!next) return;
    running++;
    void carryOut(next.order, next.abort.signal).then(() => {
      running--;
      startQueued();
    });
  }
}

async function carryOut(order: Startable, signal: AbortSignal): Promise<void> {
  let message: HashAnswer;
  try {
    signal.throwIfAborted();
    message = await run(order, signal);
  } catch (thrown) {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    message = { id: order.id, type: 'failed', code: error.code, message: error.message };
  }
  jobs.delete(order.id);
  answer(message);
}
