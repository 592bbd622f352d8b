import { Worker } from 'node:worker_threads';
import { type DigestAlgorithm, type ErrorCode, ShoalError } from '../protocol/index.js';
import type { HashedFile } from './hash-jobs.js';
import { workerUrl } from './worker-url.js';

export type HashOrder =
  | { readonly id: number; readonly type: 'manifest'; readonly path: string; readonly algorithm: DigestAlgorithm }
  | {
      readonly id: number;
      readonly type: 'check';
      readonly path: string;
      readonly manifest: Uint8Array;
      readonly pieces: readonly number[];
    }
  | { readonly id: number; readonly type: 'cancel' };

export type HashAnswer =
  | { readonly id: number; readonly type: 'progress'; readonly hashedBytes: number; readonly sizeBytes: number }
  | ({ readonly id: number; readonly type: 'manifest' } & HashedFile)
  | { readonly id: number; readonly type: 'checked'; readonly good: readonly number[] }
  | { readonly id: number; readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

type Started = Extract<HashOrder, { type: 'manifest' | 'check' }>;
type NewOrder = Started extends infer T ? (T extends Started ? Omit<T, 'id'> : never) : never;
type Result = Exclude<HashAnswer, { type: 'progress' | 'failed' }>;

interface Waiting {
  resolve(answer: Result): void;
  reject(error: Error): void;
  onProgress?: ((hashedBytes: number, sizeBytes: number) => void) | undefined;
}

/** Hashing off the caller's thread, in one worker that is started when first needed and does not keep a process alive when idle. */
export class HashPool {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;

  /**
   * Hashes a file: pieces and whole.
   * @throws ShoalError as `hashWholeFile`, and `ABORTED`
   */
  async manifest(
    path: string,
    algorithm: DigestAlgorithm,
    options: { signal?: AbortSignal | undefined; onProgress?: Waiting['onProgress'] } = {},
  ): Promise<HashedFile> {
    options.signal?.throwIfAborted();
    const { id, answer } = this.#start({ type: 'manifest', path, algorithm }, options.onProgress);
    const cancel = () => this.#post({ id, type: 'cancel' });
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await answer;
      if (result.type !== 'manifest') throw new ShoalError('INTERNAL', 'The hash worker answered something else.');
      return { manifest: result.manifest, stamp: result.stamp };
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Which of the pieces are as the manifest says. */
  async check(path: string, manifest: Uint8Array, pieces: readonly number[]): Promise<readonly number[]> {
    const result = await this.#start({ type: 'check', path, manifest, pieces }).answer;
    if (result.type !== 'checked') throw new ShoalError('INTERNAL', 'The hash worker answered something else.');
    return result.good;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#rejectAll(new ShoalError('CLOSED', 'Hashing was stopped.'));
  }

  #start(order: NewOrder, onProgress?: Waiting['onProgress']): { id: number; answer: Promise<Result> } {
    const id = this.#nextId++;
    const answer = new Promise<Result>((resolve, reject) => this.#waiting.set(id, { resolve, reject, onProgress }));
    this.#ensureWorker().ref();
    this.#post({ ...order, id });
    return { id, answer };
  }

  #post(order: HashOrder): void {
    this.#worker?.postMessage(order);
  }

  #ensureWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(workerUrl('hash-worker'));
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
