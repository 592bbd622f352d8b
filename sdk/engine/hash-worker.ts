import { parentPort } from 'node:worker_threads';
import { ShoalError } from '../protocol/index.js';
import { checkPieces, digestBehind, hashWholeFile } from './hash-jobs.js';
import type { HashAnswer, HashOrder } from './hash-pool.js';

/** A worker thread that hashes. Several jobs take turns. */

interface Job {
  readonly abort: AbortController;
  verifiedBytes: number;
  wake: () => void;
}

type Startable = HashOrder & { type: 'manifest' | 'check' | 'follow' };

/** Files that are hashed at once: more would only take turns, each with a file open. */
const MAX_AT_ONCE = 4;

const jobs = new Map<number, Job>();
const queue: { order: Startable; job: Job }[] = [];
let running = 0;

function answer(message: HashAnswer): void {
  parentPort?.postMessage(message);
}

async function run(order: Startable, job: Job): Promise<HashAnswer> {
  const { id } = order;
  const { signal } = job.abort;
  switch (order.type) {
    case 'manifest': {
      const onProgress = (hashedBytes: number, sizeBytes: number) =>
        answer({ id, type: 'progress', hashedBytes, sizeBytes });
      return { id, type: 'manifest', ...(await hashWholeFile(order.path, order.algorithm, signal, onProgress)) };
    }
    case 'check':
      return { id, type: 'checked', good: await checkPieces(order.path, order.manifest, order.pieces, signal) };
    case 'follow': {
      const front = {
        verifiedBytes: () => job.verifiedBytes,
        advanced: () =>
          new Promise<void>((resolve) => {
            job.wake = resolve;
          }),
      };
      return {
        id,
        type: 'digest',
        digest: await digestBehind(order.path, order.sizeBytes, order.algorithm, front, signal),
      };
    }
  }
}

parentPort?.on('message', (order: HashOrder) => {
  switch (order.type) {
    case 'advance': {
      const job = jobs.get(order.id);
      if (job) job.verifiedBytes = order.verifiedBytes;
      job?.wake();
      return;
    }
    case 'cancel': {
      const job = jobs.get(order.id);
      job?.abort.abort();
      job?.wake();
      return;
    }
    case 'follow':
      void carryOut(order, addJob(order.id));
      return;
    case 'manifest':
    case 'check':
      queue.push({ order, job: addJob(order.id) });
      startQueued();
  }
});

function addJob(id: number): Job {
  const job: Job = { abort: new AbortController(), verifiedBytes: 0, wake: () => {} };
  jobs.set(id, job);
  return job;
}

/** Starts what may run at once; those that follow a download run beside them, for they mostly wait. */
function startQueued(): void {
  while (running < MAX_AT_ONCE) {
    const next = queue.shift();
    if (!next) return;
    running++;
    void carryOut(next.order, next.job).then(() => {
      running--;
      startQueued();
    });
  }
}

async function carryOut(order: Startable, job: Job): Promise<void> {
  let message: HashAnswer;
  try {
    job.abort.signal.throwIfAborted();
    message = await run(order, job);
  } catch (thrown) {
    const error = ShoalError.from(thrown, 'DISK_ERROR');
    message = { id: order.id, type: 'failed', code: error.code, message: error.message };
  }
  jobs.delete(order.id);
  answer(message);
}
