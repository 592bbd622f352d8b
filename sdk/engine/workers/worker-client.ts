import { backOffMs } from '../../program/index.js';
import { type ErrorCode, ShoalError } from '../../protocol/index.js';
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

/** Messages from a worker about its jobs: progress and end. */
export type WorkerAnswer<Result> = Result | Progress | Failed;

/** An order without its number. */
export type Unnumbered<Order> = Order extends Message ? Omit<Order, 'id'> : never;

export type OnProgress = (hashedBytes: number, sizeBytes: number) => void;

interface Waiting<Result> {
  resolve(answer: Result): void;
  reject(error: Error): void;
  readonly onProgress: OnProgress | undefined;
}

/** A job of a worker. */
export interface WorkerJob<Result, About = never> {
  readonly answer: Promise<Result>;
  /** Sends a message about the job while it runs. */
  tell(order: Unnumbered<About>): void;
}

/** Delay of the first and of later tries for a disk that does not answer. */
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;

/**
 * One worker: started when first needed, and not keeping the process alive when idle. Every job ends with one answer. A
 * worker that is a process, for a disk that may stop answering, is killed when it is silent, without waiting for its
 * end.
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
  /** A killed process may still wait for its disk. */
  #isEnding = false;

  /** @param mount the mount point of its disk, if that may stop answering */
  constructor(start: () => WorkerPort<WorkerAnswer<Result>>, mount?: string, silentMs = SILENT_MS) {
    this.#start = start;
    this.#mount = mount;
    this.#watch = new SilenceWatch(silentMs, () => this.#onSilence());
  }

  /** Number of running jobs. */
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
        if (answer.type === expected) return answer as Result & { type: T }; // compared in the line above
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
    if (this.#mount === undefined) await ended; // a process that waits for its disk ends when it can
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

  /** The disk does not answer: fails all jobs, and leaves the disk alone for a while. */
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
