import { FairQueue } from '../fair-queue.js';

/** For how long requests hold the event loop before sockets are read again, milliseconds. */
const SLICE_MS = 4;

/** Whose work it is: a user or an address, and which of their connections. */
export interface Worker {
  readonly owner: string;
  readonly id: string;
}

/**
 * Shares the event loop among those who ask: requests, and the parts into which long ones are cut, go on in turns, one user's after
 * another's; between slices sockets are read and events are sent.
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

  /** Between two steps of long work: lets others go first where it has held the event loop for long enough. */
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
    // What goes on now does so in microtasks; when none is left, the next has its turn, or the event loop has.
    queueMicrotask(() =>
      process.nextTick(() => {
        if (performance.now() < this.#endsAtMs) return this.#next();
        this.#isScheduled = false;
        if (this.#waiting.size > 0) this.#schedule();
      }),
    );
  }
}
