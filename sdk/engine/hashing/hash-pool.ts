import { availableParallelism } from 'node:os';
import { awayMountOf, type FileStamp, stampAt } from '../../disk/index.js';
import { onAbort } from '../../program/index.js';
import { type DigestAlgorithm, ShoalError } from '../../protocol/index.js';
import { AwayWorkers } from '../workers/away-workers.js';
import type { OnProgress } from '../workers/worker-client.js';
import type { HashedFile } from './hash-jobs.js';
import { HashWorkerClient } from './hash-worker-client.js';
import type { ReuseOrder } from './reuse-job.js';

/** Maximum number of hash workers. */
const MAX_WORKERS = Math.min(4, availableParallelism());

/**
 * From this size on, one worker digests the pieces and another the whole file. For smaller files, starting a worker
 * takes longer.
 */
const SPLIT_BYTES = 64 * 1024 * 1024;

interface ManifestOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Hashes files in worker threads, as many as there are work and cores for. Idle workers do not keep the process alive.
 */
export class HashPool {
  readonly #workers: HashWorkerClient[] = [];
  readonly #awayWorkers = new AwayWorkers((mount) => new HashWorkerClient(mount));
  #closes = 0;

  /**
   * Hashes the pieces and the whole of a file.
   * @throws ShoalError as `digestFile`, and `ABORTED`
   */
  async manifest(path: string, algorithm: DigestAlgorithm, options: ManifestOptions = {}): Promise<HashedFile> {
    const { signal } = options;
    signal?.throwIfAborted();
    const closes = this.#closes;
    if (awayMountOf(path) !== undefined) return this.#manifestByOne(path, algorithm, options);
    const sizeBytes = await stampAt(path).then(
      (stamp) => stamp.sizeBytes,
      () => 0, // opening the file reports the error
    );
    signal?.throwIfAborted();
    if (closes !== this.#closes) throw new ShoalError('CLOSED', 'Hashing was stopped.');
    return sizeBytes >= SPLIT_BYTES && MAX_WORKERS > 1
      ? this.#manifestByTwo(path, algorithm, options)
      : this.#manifestByOne(path, algorithm, options);
  }

  /** Returns which of the pieces match the manifest. */
  async check(
    path: string,
    manifest: Uint8Array,
    pieces: readonly number[],
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    signal?.throwIfAborted();
    const job = this.#workerFor(path).start({ type: 'check', path, manifest, pieces }, 'checked');
    return (await cancellable(job.answer, signal, () => job.tell({ type: 'cancel' }))).good;
  }

  /** Copies pieces from a local file into a partial file. @returns the pieces with the right digests */
  async reuse(order: ReuseOrder, signal: AbortSignal): Promise<readonly number[]> {
    signal.throwIfAborted();
    const job = this.#idlest().start({ type: 'reuse', ...order }, 'reused');
    return (await cancellable(job.answer, signal, () => job.tell({ type: 'cancel' }))).copied;
  }

  /** Whether a file is on a disk that may stop answering. Such a disk delays only the calls about it. */
  isAway(path: string): boolean {
    return awayMountOf(path) !== undefined;
  }

  /** Reads the stamp of a file. @throws ShoalError `NOT_A_FILE`, `DISK_UNAVAILABLE`, or errors of the disk */
  async stamp(path: string): Promise<FileStamp> {
    const mount = awayMountOf(path);
    if (mount === undefined) return stampAt(path);
    return (await this.#awayWorkers.of(mount).start({ type: 'stamp', path }, 'stamped').answer).stamp;
  }

  /** Checks that the disk of a path answers, if it may stop answering. @throws ShoalError `DISK_UNAVAILABLE` */
  async requireAnswer(path: string): Promise<void> {
    if (!this.isAway(path)) return;
    await this.stamp(path).catch((error: unknown) => {
      if (error instanceof ShoalError && error.code === 'DISK_UNAVAILABLE') throw error; // else whoever reads it says what is wrong
    });
  }

  /** Reads from a file on a disk that may stop answering. @throws ShoalError as `WholeFile`, `DISK_UNAVAILABLE` */
  async readAway(mount: string, path: string, stamp: FileStamp, position: number, length: number): Promise<Uint8Array> {
    const { answer } = this.#awayWorkers.of(mount).start({ type: 'read', path, stamp, position, length }, 'bytes');
    return (await answer).bytes;
  }

  async close(): Promise<void> {
    this.#closes++;
    await Promise.all([this.#awayWorkers, ...this.#workers.splice(0)].map((workers) => workers.close()));
  }

  async #manifestByOne(
    path: string,
    algorithm: DigestAlgorithm,
    { signal, onProgress }: ManifestOptions,
  ): Promise<HashedFile> {
    const order = { type: 'manifest', path, algorithm, wholeElsewhere: false } as const;
    const job = this.#workerFor(path).start(order, 'manifest', onProgress);
    const { manifest, stamp } = await cancellable(job.answer, signal, () => job.tell({ type: 'cancel' }));
    return { manifest, stamp };
  }

  /** One worker digests the pieces, and another one the whole file for it. If one fails, the other is stopped. */
  async #manifestByTwo(
    path: string,
    algorithm: DigestAlgorithm,
    { signal, onProgress }: ManifestOptions,
  ): Promise<HashedFile> {
    const progress = slowerOf(onProgress);
    const worker = this.#idlest();
    const order = { type: 'manifest', path, algorithm, wholeElsewhere: true } as const;
    const pieces = worker.start(order, 'manifest', progress());
    const whole = this.#idlest(worker).start({ type: 'whole', path, algorithm }, 'whole', progress());
    const cancel = () => {
      pieces.tell({ type: 'cancel' });
      whole.tell({ type: 'cancel' });
    };
    const handedOver = whole.answer.then(({ fileDigest, stamp }) =>
      pieces.tell({ type: 'wholeDigest', fileDigest, stamp }),
    );
    try {
      const [{ manifest, stamp }] = await cancellable(Promise.all([pieces.answer, handedOver]), signal, cancel);
      return { manifest, stamp };
    } catch (error) {
      cancel();
      throw error;
    }
  }

  #workerFor(path: string): HashWorkerClient {
    const mount = awayMountOf(path);
    return mount === undefined ? this.#idlest() : this.#awayWorkers.of(mount);
  }

  /** The worker with the fewest jobs, or a new one if all are busy and another one is allowed. */
  #idlest(except?: HashWorkerClient): HashWorkerClient {
    const [idlest] = this.#workers.filter((worker) => worker !== except).sort((a, b) => a.load - b.load);
    if (idlest && (idlest.load === 0 || this.#workers.length >= MAX_WORKERS)) return idlest;
    const worker = new HashWorkerClient();
    this.#workers.push(worker);
    return worker;
  }
}

/** Waits for an answer, and calls `cancel` if the signal is aborted meanwhile. */
async function cancellable<T>(answer: Promise<T>, signal: AbortSignal | undefined, cancel: () => void): Promise<T> {
  const end = onAbort(signal, cancel);
  try {
    return await answer;
  } finally {
    end();
  }
}

/** Combines the progress of two jobs: reports the slower one. */
function slowerOf(onProgress: OnProgress | undefined): () => OnProgress {
  const reached: number[] = [];
  let told = 0;
  return () => {
    const index = reached.push(0) - 1;
    return (hashedBytes, sizeBytes) => {
      reached[index] = hashedBytes;
      const both = Math.min(...reached);
      if (both <= told) return;
      told = both;
      onProgress?.(both, sizeBytes);
    };
  };
}
