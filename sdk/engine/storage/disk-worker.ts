import { parentPort, workerData } from 'node:worker_threads';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import { Bitfield } from '../../transfer/index.js';
import { DiskJob } from './disk-job.js';
import type { DiskAnswer, DiskOrder } from './disk-messages.js';

/** A worker thread that writes and checks what downloads fetch. Several take turns, piece by piece. */

/** Pieces' work between two looks at the messages. */
const TURN_STEPS = 8;

const memory = handedOver(workerData);
const jobs = new Map<number, DiskJob>();
let isWorking = false;

/** The memory in which pieces arrive: whoever starts this thread hands it over. */
function handedOver(given: unknown): SharedArrayBuffer {
  if (given instanceof SharedArrayBuffer) return given;
  throw new TypeError('A check worker is started with the memory of pieces.');
}

function answer(message: DiskAnswer): void {
  parentPort?.postMessage(message);
}

/** What was written before is told of first: it is kept, whatever became of the rest. */
function fail(id: number, thrown: unknown): void {
  const { code, message } = ShoalError.from(thrown, 'DISK_ERROR');
  end(id, () => answer({ id, type: 'failed', code, message }));
}

/** Carries out something for a job; what it throws is the job's end. */
function attempt<T>(id: number, act: () => T): T | undefined {
  try {
    return act();
  } catch (thrown) {
    fail(id, thrown);
    return undefined;
  }
}

function end(id: number, tellWhy = () => {}): void {
  const job = jobs.get(id);
  jobs.delete(id);
  const closed = () => {
    if (job) tellFindings(id, job);
    tellWhy();
    answer({ id, type: 'closed' });
  };
  if (job)
    void job.close().then(closed, closed); // what could not be kept was told of before
  else closed();
}

function work(): void {
  isWorking = true;
  for (let turn = 0; turn < TURN_STEPS; turn++) {
    let isBusy = false;
    for (const [id, job] of jobs) if (attempt(id, () => job.step())) isBusy = true;
    if (isBusy) continue;
    isWorking = false;
    break;
  }
  for (const [id, job] of jobs) tell(id, job);
  if (isWorking) setImmediate(work);
}

function tellFindings(id: number, job: DiskJob): void {
  const found = job.takeFindings();
  if (found) answer({ id, type: 'checked', ...found });
}

function tell(id: number, job: DiskJob): void {
  tellFindings(id, job);
  const digest = job.digest();
  if (digest) answer({ id, type: 'digest', digest });
}

parentPort?.on('message', (order: DiskOrder) => {
  if (order.type === 'share') {
    for (const [id, job] of jobs) {
      job.setMaxAhead(order.maxAhead);
      tellFindings(id, job);
    }
    return;
  }
  const { id } = order;
  const job = jobs.get(id);
  switch (order.type) {
    case 'open':
      attempt(id, () => {
        const manifest = decodeManifest(order.manifest);
        const verified = Bitfield.fromBytes(order.verified, manifest.pieceCount);
        jobs.set(id, new DiskJob(order.part, manifest, verified, memory, order.maxAhead));
      });
      break;
    case 'keep':
      job?.trust(order.trusted);
      for (const piece of order.pieces)
        job?.keep(piece, (error) => {
          if (jobs.get(id) !== job) return; // it ended meanwhile
          if (error) fail(id, error);
          else if (!isWorking) tell(id, job);
        });
      break;
    case 'close':
      end(id);
      break;
  }
  if (!isWorking) work();
});
