import type { Worker } from 'node:worker_threads';
import { ShoalError } from '../protocol/index.js';
import type { HashAnswer, HashJob, HashOrder, HashResult } from './hash-messages.js';
import { startWorker } from './start-worker.js';

type NewJob = HashJob extends infer T ? (T extends HashJob ? Omit<T, 'id'> : never) : never;

export type OnProgress = (hashedBytes: number, sizeBytes: number) => void;

interface Waiting {
  resolve(answer: HashResult): void;
  reject(error: Error): void;
  readonly onProgress: OnProgress | undefined;
}

/** A job that a worker has. */
export interface LaneJob<T extends HashResult['type']> {
  readonly answer: Promise<HashResult & { type: T }>;
  /** More about the job, for as long as it is under way. */
  tell(order: OrderAbout): void;
}

type About = Exclude<HashOrder, HashJob>;
type OrderAbout = About extends infer T ? (T extends About ? Omit<T, 'id'> : never) : never;

/** One hash worker: started when first needed, and keeping no process alive when idle. */
export class HashLane {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;

  /** Jobs under way. */
  get load(): number {
    return this.#waiting.size;
  }

  start<T extends HashResult['type']>(job: NewJob, expected: T, onProgress?: OnProgress): LaneJob<T> {
    const id = this.#nextId++;
    const result = new Promise<HashResult>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    this.#ensureWorker().ref();
    this.#post({ ...job, id });
    return {
      answer: result.then((answer) => {
        if (answer.type === expected) return answer as HashResult & { type: T }; // just compared
        throw new ShoalError('INTERNAL', 'The hash worker answered something else.');
      }),
      tell: (order) => this.#post({ ...order, id }),
    };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#rejectAll(new ShoalError('CLOSED', 'Hashing was stopped.'));
  }

  #post(order: HashOrder): void {
    this.#worker?.postMessage(order);
  }

  #ensureWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = startWorker('hash-worker');
    worker.on('message', (answer: HashAnswer) => this.#onAnswer(answer));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#rejectAll(new ShoalError('INTERNAL', `The hash worker stopped: ${error.message}`, { cause: error }));
    });
    this.#worker = worker;
    return worker;
  }

  #onAnswer(answer: HashAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (answer.type === 'progress') {
      waiting?.onProgress?.(answer.hashedBytes, answer.sizeBytes);
      return;
    }
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (answer.type === 'failed') waiting?.reject(new ShoalError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  #rejectAll(error: ShoalError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
