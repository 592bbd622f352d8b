import { FairQueue } from '../fair-queue.js';

/** Milliseconds of requests until sockets are read again. */
const SLICE_MS = 4;

/** The owner of work: a user or an address, and one of its connections. */
export interface Worker {
  readonly owner: string;
  readonly id: string;
}

/**
 * Shares the event loop fairly: requests, and the steps of long ones, alternate between users. Between slices, sockets
 * are read and events are sent.
 */
export class Slices {
  readonly #waiting = new FairQueue<() => void>();
  #isScheduled = false;
  #endsAtMs = 0;

  /** Waits for the next turn. */
  turn({ owner, id }: Worker): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(owner, id, resolve);
      this.#schedule();
    });
  }

  /** Between two steps of long work: yields if it has held the event loop for long enough. */
  pause(worker: Worker): Promise<void> | undefined {
    return performance.now() < this.#endsAtMs ? undefined : this.turn(worker);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#endsAtMs = performance.now() + SLICE_MS;
      this.#next();
    });
  }

  #next(): void {
    const goOn = this.#waiting.shift();
    if (!goOn) {
      this.#isScheduled = false;
      return;
    }
    goOn();
    // The current work continues in microtasks. When none is left, the next task or the event loop has its turn.
    queueMicrotask(() =>
      process.nextTick(() => {
        if (performance.now() < this.#endsAtMs) return this.#next();
        this.#isScheduled = false;
        if (this.#waiting.size > 0) this.#schedule();
      }),
    );
  }
}
