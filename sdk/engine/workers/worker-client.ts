import { type ErrorCode, ShoalError } from '../../protocol/index.js';
import { backOffMs } from '../util/back-off.js';
import { diskUnavailable, SILENT_MS, SilenceWatch } from './disk-silence.js';
import type { WorkerPort } from './worker-port.js';

interface Message {
  readonly id: number;
  readonly type: string;
}

interface Progress {
  readonly id: number;
  readonly type: 'progress';
  readonly hashedBytes: number;
  readonly sizeBytes: number;
}

interface Failed {
  readonly id: number;
  readonly type: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a worker tells of its jobs: how far one is, and how it ended. */
export type WorkerAnswer<Result> = Result | Progress | Failed;

/** An order before it has a number. */
export type Unnumbered<Order> = Order extends Message ? Omit<Order, 'id'> : never;

export type OnProgress = (hashedBytes: number, sizeBytes: number) => void;

interface Waiting<Result> {
  resolve(answer: Result): void;
  reject(error: Error): void;
  readonly onProgress: OnProgress | undefined;
}

/** A job that a worker has. */
export interface WorkerJob<Result, About = never> {
  readonly answer: Promise<Result>;
  /** More about the job, for as long as it is under way. */
  tell(order: Unnumbered<About>): void;
}

/** How soon a disk that does not answer is tried again, and how late at most. */
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;

/**
 * One worker: started when first needed, and keeping no process alive when idle. Every job is answered once. Where the worker is a process
 * for a disk that may stop answering, it is killed when nothing is heard of any job, and nobody waits for it.
 */
export class WorkerClient<Job extends Message, Result extends Message, About extends Message = never> {
  readonly #waiting = new Map<number, Waiting<Result>>();
  readonly #start: () => WorkerPort<WorkerAnswer<Result>>;
  readonly #mount: string | undefined;
  readonly #watch: SilenceWatch;
  #port: WorkerPort<WorkerAnswer<Result>> | undefined;
  #nextId = 1;
  #silences = 0;
  #retryAtMs = -Infinity;
  /** A process that was killed may still wait for its disk. */
  #isEnding = false;

  /** @param mount the disk whose files it is for, where that one may stop answering */
  constructor(start: () => WorkerPort<WorkerAnswer<Result>>, mount?: string, silentMs = SILENT_MS) {
    this.#start = start;
    this.#mount = mount;
    this.#watch = new SilenceWatch(silentMs, () => this.#onSilence());
  }

  /** Jobs under way. */
  get load(): number {
    return this.#waiting.size;
  }

  start<T extends Result['type']>(
    job: Unnumbered<Job>,
    expected: T,
    onProgress?: OnProgress,
  ): WorkerJob<Result & { type: T }, About> {
    if (this.#isEnding || performance.now() < this.#retryAtMs)
      return { answer: Promise.reject(diskUnavailable(this.#mount)), tell: () => {} };
    const id = this.#nextId++;
    const result = new Promise<Result>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    this.#ensurePort().hold(true);
    if (this.#waiting.size === 1) this.#look();
    this.#port?.post({ ...job, id });
    return {
      answer: result.then((answer) => {
        if (answer.type === expected) return answer as Result & { type: T }; // just compared
        throw new ShoalError('INTERNAL', 'The worker answered something else.');
      }),
      tell: (order) => this.#port?.post({ ...order, id }),
    };
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    this.#watch.restart(false);
    const ended = port?.end();
    if (this.#mount === undefined) await ended; // a process that waits for its disk ends when it may
    this.#rejectAll(new ShoalError('CLOSED', 'The worker was stopped.'));
  }

  #ensurePort(): WorkerPort<WorkerAnswer<Result>> {
    if (this.#port) return this.#port;
    const port = this.#start();
    port.onMessage((answer) => {
      if (this.#port === port) this.#onAnswer(answer);
    });
    port.onEnd((error) => {
      if (this.#port !== port) return;
      this.#port = undefined;
      this.#watch.restart(false);
      this.#rejectAll(new ShoalError('INTERNAL', `The worker stopped: ${error.message}`, { cause: error }));
    });
    this.#port = port;
    return port;
  }

  #onAnswer(answer: WorkerAnswer<Result>): void {
    this.#silences = 0;
    const waiting = this.#waiting.get(answer.id);
    if (isProgress(answer)) {
      this.#look();
      waiting?.onProgress?.(answer.hashedBytes, answer.sizeBytes);
      return;
    }
    this.#waiting.delete(answer.id);
    this.#look();
    if (this.#waiting.size === 0) this.#port?.hold(false);
    if (isFailed(answer)) waiting?.reject(new ShoalError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  #look(): void {
    if (this.#mount !== undefined) this.#watch.restart(this.#waiting.size > 0);
  }

  /** The disk does not answer: nobody waits for it any longer, and it is left alone for a while. */
  #onSilence(): void {
    const port = this.#port;
    this.#port = undefined;
    this.#retryAtMs = performance.now() + backOffMs(this.#silences++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
    this.#isEnding = true;
    void port?.end().finally(() => {
      this.#isEnding = false;
    });
    this.#rejectAll(diskUnavailable(this.#mount));
  }

  #rejectAll(error: ShoalError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function isProgress(answer: Message): answer is Progress {
  return answer.type === 'progress';
}

function isFailed(answer: Message): answer is Failed {
  return answer.type === 'failed';
}
