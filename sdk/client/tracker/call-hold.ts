import type { TrackerMethod } from '../../protocol/index.js';
import { untilAborted } from '../util/abort.js';

/**
 * Calls that sign in: what they prove belongs to the connection that the client had when they were made, so that they never wait for
 * another one.
 */
const SIGNING_IN: ReadonlySet<string> = new Set<TrackerMethod>(['login', 'resume']);

/** Holds calls back while a client goes from one node of its tracker to another one: they are made where it is signed in then. */
export class CallHold {
  #released: Promise<void> | undefined;
  #release = () => {};
  #isRestoring = false;

  /** Holds calls back from now on. */
  begin(): void {
    this.#released ??= new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** The client is connected to the other node: calls are held back until it has signed in there. */
  restoring(): void {
    this.#isRestoring = this.#released !== undefined;
  }

  end(): void {
    this.#released = undefined;
    this.#isRestoring = false;
    this.#release();
  }

  /** Makes a call when it is its time. The calls that were held back come in the order in which they were made. */
  async pass<T>(method: TrackerMethod, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    while (this.#released && !SIGNING_IN.has(method)) await untilAborted(this.#released, signal);
    if (method !== 'resume' || !this.#isRestoring) return call();
    try {
      return await call();
    } finally {
      this.end();
    }
  }
}
