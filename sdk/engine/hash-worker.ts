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

const jobs = new Map<number, Job>();

function answer(message: HashAnswer): void {
  parentPort?.postMessage(message);
}

async function run(order: HashOrder & { type: 'manifest' | 'check' | 'follow' }, job: Job): Promise<HashAnswer> {
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
    case 'manifest':
    case 'check':
    case 'follow': {
      const job: Job = { abort: new AbortController(), verifiedBytes: 0, wake: () => {} };
      jobs.set(order.id, job);
      void run(order, job)
        .catch((thrown: unknown): HashAnswer => {
          const error = ShoalError.from(thrown, 'DISK_ERROR');
          return { id: order.id, type: 'failed', code: error.code, message: error.message };
        })
        .then((message) => {
          jobs.delete(order.id);
          answer(message);
        });
    }
  }
});
