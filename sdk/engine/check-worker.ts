import { parentPort } from 'node:worker_threads';
import { decodeManifest, ShoalError } from '../protocol/index.js';
import { Bitfield } from '../transfer/index.js';
import { CheckJob } from './check-job.js';
import type { CheckAnswer, CheckOrder } from './check-pool.js';

/** A worker thread that checks what downloads write. Several take turns, piece by piece. */

/** Pieces' work between two looks at the messages. */
const TURN_STEPS = 8;

const jobs = new Map<number, CheckJob>();
let isWorking = false;

function answer(message: CheckAnswer): void {
  parentPort?.postMessage(message);
}

/** Carries out something for a job; what it throws is the job's end. */
function attempt<T>(id: number, act: () => T): T | undefined {
  try {
    return act();
  } catch (thrown) {
    const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
    end(id);
    answer({ id, type: 'failed', code, message });
    return undefined;
  }
}

function end(id: number): void {
  jobs.get(id)?.close();
  jobs.delete(id);
}

function work(): void {
  for (let turn = 0; turn < TURN_STEPS; turn++) {
    let isBusy = false;
    for (const [id, job] of jobs) if (attempt(id, () => step(id, job))) isBusy = true;
    if (isBusy) continue;
    isWorking = false;
    return;
  }
  setImmediate(work);
}

function step(id: number, job: CheckJob): boolean {
  if (!job.step()) return false;
  const found = job.findings();
  if (found) answer({ id, type: 'checked', ...found });
  tellDigest(id, job);
  return true;
}

function tellDigest(id: number, job: CheckJob): void {
  const digest = job.digest();
  if (digest) answer({ id, type: 'digest', digest });
}

parentPort?.on('message', (order: CheckOrder) => {
  const { id } = order;
  const job = jobs.get(id);
  switch (order.type) {
    case 'open':
      attempt(id, () => {
        const manifest = decodeManifest(order.manifest);
        const opened = new CheckJob(order.path, manifest, Bitfield.fromBytes(order.verified, manifest.pieceCount));
        jobs.set(id, opened);
      });
      break;
    case 'check':
      job?.trust(order.trusted);
      job?.check(order.pieces);
      break;
    case 'close':
      end(id);
      break;
  }
  if (isWorking) return;
  isWorking = true;
  work();
});
