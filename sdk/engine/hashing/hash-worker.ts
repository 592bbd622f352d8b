import { parentPort } from 'node:worker_threads';
import { stampAtSync } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { OpenFiles } from '../storage/parts/open-files.js';
import { WholeFile } from '../storage/parts/whole-file.js';
import { assemble, checkPieces, digestFile } from './hash-jobs.js';
import type { HashAnswer, HashJob, HashOrder, WholeDigest } from './hash-messages.js';
import { reusePieces } from './reuse-job.js';

/**
 * A worker that hashes and stats files: a thread, or a process for a disk that may stop answering. Several jobs
 * alternate.
 */

interface Job {
  readonly abort: AbortController;
  /** The digest of the whole file from another worker. */
  whole: WholeDigest | undefined;
  wake: () => void;
  /** Passes the place among the running jobs to the next one. */
  leave: () => void;
}

/** Files that are hashed at once. More would only alternate, each with an open file. */
const MAX_AT_ONCE = 4;

const openFiles = new OpenFiles();
const jobs = new Map<number, Job>();
const queue: { order: HashJob; job: Job }[] = [];
let running = 0;

function answer(message: HashAnswer): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message, () => {}); // the parent may be gone
}

async function run(order: HashJob, job: Job): Promise<HashAnswer> {
  const { id } = order;
  const { signal } = job.abort;
  const onProgress = (hashedBytes: number, sizeBytes: number) =>
    answer({ id, type: 'progress', hashedBytes, sizeBytes });
  switch (order.type) {
    case 'manifest': {
      const { path, algorithm, wholeElsewhere } = order;
      const pieces = await digestFile(path, algorithm, wholeElsewhere ? 'pieces' : 'both', signal, onProgress);
      const whole = wholeElsewhere ? await wholeOf(job) : pieces;
      return { id, type: 'manifest', ...assemble(path, algorithm, pieces, whole) };
    }
    case 'whole': {
      const { fileDigest, stamp } = await digestFile(order.path, order.algorithm, 'whole', signal, onProgress);
      return { id, type: 'whole', fileDigest, stamp };
    }
    case 'check':
      return { id, type: 'checked', good: await checkPieces(order.path, order.manifest, order.pieces, signal) };
    case 'reuse':
      return { id, type: 'reused', copied: await reusePieces(order, signal) };
    case 'stamp':
      return { id, type: 'stamped', stamp: stampAtSync(order.path) };
    case 'read': {
      const bytes = Buffer.allocUnsafe(order.length);
      new WholeFile(order.path, order.stamp, openFiles).read([bytes], order.position);
      return { id, type: 'bytes', bytes };
    }
  }
}

/** Waits for another worker's digest without blocking other jobs, because that worker may wait for its turn here. */
async function wholeOf(job: Job): Promise<WholeDigest> {
  job.leave();
  while (!job.whole) {
    job.abort.signal.throwIfAborted();
    await new Promise<void>((resolve) => {
      job.wake = resolve;
    });
  }
  return job.whole;
}

function hear(order: HashOrder): void {
  switch (order.type) {
    case 'wholeDigest': {
      const job = jobs.get(order.id);
      if (job) job.whole = order;
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
    case 'whole':
    case 'check':
    case 'reuse':
    case 'stamp':
    case 'read':
      queue.push({ order, job: addJob(order.id) });
      startQueued();
  }
}

if (parentPort) parentPort.on('message', hear);
else process.on('message', hear).once('disconnect', () => process.exit());

function addJob(id: number): Job {
  const job: Job = { abort: new AbortController(), whole: undefined, wake: () => {}, leave: () => {} };
  jobs.set(id, job);
  return job;
}

function startQueued(): void {
  while (running < MAX_AT_ONCE) {
    const next = queue.shift();
    if (!next) return;
    running++;
    let isRunning = true;
    next.job.leave = () => {
      if (!isRunning) return;
      isRunning = false;
      running--;
      startQueued();
    };
    void carryOut(next.order, next.job).then(() => next.job.leave());
  }
}

async function carryOut(order: HashJob, job: Job): Promise<void> {
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
