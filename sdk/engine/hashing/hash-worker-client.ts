import { ShoalError } from '../../protocol/index.js';
import { backOffMs } from '../util/back-off.js';
import type { HashAnswer, HashJob, HashOrder, HashResult } from './hash-messages.js';
import { type HashPort, hashProcess, hashThread } from './hash-port.js';

type NewJob = HashJob extends infer T ? (T extends HashJob ? Omit<T, 'id'> : never) : never;

export type OnProgress = (hashedBytes: number, sizeBytes: number) => void;

interface Waiting {
  resolve(answer: HashResult): void;
  reject(error: Error): void;
  readonly onProgress: OnProgress | undefined;
}

/** A job that a worker has. */
export interface HashWorkerJob<T extends HashResult['type']> {
  readonly answer: Promise<HashResult & { type: T }>;
  /** More about the job, for as long as it is under way. */
  tell(order: OrderAbout): void;
}

type About = Exclude<HashOrder, HashJob>;
type OrderAbout = About extends infer T ? (T extends About ? Omit<T, 'id'> : never) : never;

/** A disk that lets nobody hear of any job for so long does not answer. */
const SILENT_MS = 10_000;
/** How soon such a disk is tried again, and how late at most. */
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;

/** One hash worker: started when first needed, and keeping no process alive when idle. */
export class HashWorkerClient {
  readonly #waiting = new Map<number, Waiting>();
  /** The disk whose files it is for, where that one may stop answering. */
  readonly #mount: string | undefined;
  readonly #silentMs: number;
  #port: HashPort | undefined;
  #nextId = 1;
  #watchdog: NodeJS.Timeout | undefined;
  #silences = 0;
  #retryAtMs = -Infinity;
  /** A process that was killed may still wait for its disk. */
  #isEnding = false;

  constructor(mount?: string, silentMs = SILENT_MS) {
    this.#mount = mount;
    this.#silentMs = silentMs;
  }

  /** Jobs under way. */
  get load(): number {
    return this.#waiting.size;
  }

  start<T extends HashResult['type']>(job: NewJob, expected: T, onProgress?: OnProgress): HashWorkerJob<T> {
    if (this.#isEnding || performance.now() < this.#retryAtMs)
      return { answer: Promise.reject(this.#unavailable()), tell: () => {} };
    const id = this.#nextId++;
    const result = new Promise<HashResult>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    this.#ensurePort().hold(true);
    if (this.#waiting.size === 1) this.#watch();
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
    const port = this.#port;
    this.#port = undefined;
    clearTimeout(this.#watchdog);
    const ended = port?.end();
    if (this.#mount === undefined) await ended; // a process that waits for its disk ends when it may
    this.#rejectAll(new ShoalError('CLOSED', 'Hashing was stopped.'));
  }

  #post(order: HashOrder): void {
    this.#port?.post(order);
  }

  #ensurePort(): HashPort {
    if (this.#port) return this.#port;
    const port = this.#mount === undefined ? hashThread() : hashProcess();
    port.onMessage((answer) => {
      if (this.#port === port) this.#onAnswer(answer);
    });
    port.onEnd((error) => {
      if (this.#port !== port) return;
      this.#port = undefined;
      this.#rejectAll(new ShoalError('INTERNAL', `The hash worker stopped: ${error.message}`, { cause: error }));
    });
    this.#port = port;
    return port;
  }

  #onAnswer(answer: HashAnswer): void {
    this.#silences = 0;
    const waiting = this.#waiting.get(answer.id);
    if (answer.type === 'progress') {
      this.#watch();
      waiting?.onProgress?.(answer.hashedBytes, answer.sizeBytes);
      return;
    }
    this.#waiting.delete(answer.id);
    this.#watch();
    if (this.#waiting.size === 0) this.#port?.hold(false);
    if (answer.type === 'failed') waiting?.reject(new ShoalError(answer.code, answer.message));
    else waiting?.resolve(answer);
  }

  #watch(): void {
    if (this.#mount === undefined) return;
    clearTimeout(this.#watchdog);
    if (this.#waiting.size > 0) this.#watchdog = setTimeout(() => this.#onSilence(), this.#silentMs);
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
    this.#rejectAll(this.#unavailable());
  }

  #unavailable(): ShoalError {
    const message = `The disk at ${this.#mount} does not answer: try again when it does.`;
    return new ShoalError('DISK_UNAVAILABLE', message);
  }

  #rejectAll(error: ShoalError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
