import { availableParallelism } from 'node:os';
import { awayMountOf } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';
import type { ReadonlyBitfield } from '../../../transfer/index.js';
import { startWorker } from '../../workers/start-worker.js';
import type { PartPlace } from '../parts/part-writer.js';
import { DiskChannel } from './disk-channel.js';
import type { DiskListener, DiskPort } from './disk-messages.js';

/** More threads would be idle: one verifies and writes almost a gigabyte per second. */
const MAX_WORKERS = 4;
/** Verified pieces that all downloads together hold in memory for their whole-file digests. */
const MAX_AHEAD = 24;

/** Disks that may stop answering and have their own thread. Further ones share these. */
const MAX_AWAY_WORKERS = 4;

interface DiskThread {
  readonly port: DiskPort;
  /** The mount point of its disk, if that may stop answering: nothing else waits for it then. */
  readonly mount: string | undefined;
  readonly checkers: Map<number, DiskChannel>;
  isOnline: boolean;
}

/**
 * Threads that write and verify the pieces of downloads, to relieve the socket thread, which is the first bottleneck.
 * They are started when the existing ones are busy, and do not keep the process alive.
 */
export class DiskPool {
  readonly #workers: DiskThread[] = [];
  readonly #memory: SharedArrayBuffer;
  readonly #startPort: (memory: SharedArrayBuffer) => DiskPort;
  #nextId = 1;

  /** @param memory the shared memory with the slots of the pieces */
  constructor(memory: SharedArrayBuffer, startPort = diskThread) {
    this.#memory = memory;
    this.#startPort = startPort;
  }

  /** Starts a thread ahead of the first download, because pieces would arrive before it is ready. */
  prepare(): void {
    if (this.#workers.length === 0) this.#start();
  }

  open(
    { path, id: file }: PartPlace,
    manifest: Uint8Array,
    verified: ReadonlyBitfield,
    listener: DiskListener,
  ): DiskChannel {
    const place = this.#place(awayMountOf(path));
    const part = { path, id: { dev: file.dev, ino: file.ino } };
    const id = this.#nextId++;
    const checker = new DiskChannel({
      send: (order) => place.port.post({ ...order, id }),
      isReady: () => place.isOnline,
      ...listener,
      onClose: () => {
        place.checkers.delete(id);
        this.#shareOut();
      },
    });
    place.checkers.set(id, checker);
    const maxAhead = this.#shareOut();
    place.port.post({ id, type: 'open', part, manifest, verified: verified.toBytes(), maxAhead });
    return checker;
  }

  async close(): Promise<void> {
    const workers = this.#workers.splice(0);
    const ended = workers.map(async ({ port, mount }) => {
      const end = port.end();
      if (mount === undefined) await end; // a thread that waits for its disk ends when it can
    });
    await Promise.all(ended);
    for (const place of workers) failAll(place, new ShoalError('CLOSED', 'Checking was stopped.'));
  }

  /** Divides the total of held pieces equally between all downloads. */
  #shareOut(): number {
    const downloads = this.#workers.reduce((sum, { checkers }) => sum + checkers.size, 0);
    const maxAhead = Math.floor(MAX_AHEAD / Math.max(1, downloads));
    for (const place of this.#workers) place.port.post({ type: 'share', maxAhead });
    return maxAhead;
  }

  /**
   * The thread of a disk, or an idle one; otherwise a new one if another is allowed, or the one with the fewest
   * downloads.
   */
  #place(mount: string | undefined): DiskThread {
    const isAway = mount !== undefined;
    const most = isAway ? MAX_AWAY_WORKERS : Math.max(1, Math.min(MAX_WORKERS, availableParallelism() - 1));
    const workers = this.#workers.filter((one) => (one.mount !== undefined) === isAway);
    const [idlest] = workers.toSorted((a, b) => a.checkers.size - b.checkers.size);
    const own = workers.find((one) => (isAway ? one.mount === mount : one.checkers.size === 0));
    return own ?? (workers.length < most ? undefined : idlest) ?? this.#start(mount);
  }

  #start(mount?: string): DiskThread {
    const port = this.#startPort(this.#memory);
    const place: DiskThread = { port, mount, checkers: new Map(), isOnline: false };
    port.onOnline(() => {
      place.isOnline = true;
    });
    port.onAnswer((answer) => place.checkers.get(answer.id)?.onAnswer(answer));
    port.onDied((error) => {
      const index = this.#workers.indexOf(place);
      if (index >= 0) this.#workers.splice(index, 1);
      failAll(place, new ShoalError('INTERNAL', `The check worker stopped: ${error.message}`, { cause: error }));
    });
    this.#workers.push(place);
    return place;
  }
}

function diskThread(memory: SharedArrayBuffer): DiskPort {
  const worker = startWorker('disk-worker', memory);
  worker.unref();
  return {
    post: (order) => worker.postMessage(order),
    onOnline: (hear) => void worker.once('online', hear),
    onAnswer: (hear) => void worker.on('message', hear),
    onDied: (hear) => void worker.on('error', hear),
    end: async () => void (await worker.terminate()),
  };
}

function failAll({ checkers }: DiskThread, error: ShoalError): void {
  for (const checker of [...checkers.values()]) checker.die(error);
}
