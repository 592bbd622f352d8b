import { Worker } from 'node:worker_threads';

/** Ends the process when one input takes longer than this: a decoder that hangs cannot be stopped otherwise. */
const LONGEST_MS = 10_000;

const PROGRAM = `
const { workerData: { count, longestMs } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
let last = 0;
setInterval(() => {
  const now = Atomics.load(count, 0);
  if (now !== 0 && now === last) {
    writeSync(2, 'HANG: input ' + now + ' of this run is still being decoded\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = now;
}, longestMs);
`;

/** Notices a hang from another thread. */
export class Watchdog implements AsyncDisposable {
  readonly #count = new Uint32Array(new SharedArrayBuffer(4));
  readonly #worker = new Worker(PROGRAM, { eval: true, workerData: { count: this.#count, longestMs: LONGEST_MS } });

  /** One more input begins. */
  readonly next = (): void => {
    Atomics.add(this.#count, 0, 1);
  };

  /** No input is being decoded. */
  rest(): void {
    Atomics.store(this.#count, 0, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
