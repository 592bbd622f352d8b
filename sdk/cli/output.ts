import type { Writable } from 'node:stream';
import { ShoalError } from '../index.js';

/** Whether what is written to a stream arrives. */
export class Delivery {
  readonly #stream: Writable;
  #lost: Error | undefined;

  /** `onLost` is called when something did not arrive, each time. */
  constructor(stream: Writable, onLost: () => void) {
    this.#stream = stream;
    stream.on('error', (error: Error) => {
      this.#lost ??= error;
      onLost();
    });
  }

  /** Waits until all that was written is out. @returns what went wrong, where something is lost */
  settled(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      // The stream calls back before it emits the error that came first.
      this.#stream.write('', (error) => setImmediate(() => resolve(this.#lost ?? error ?? undefined)));
    });
  }
}

/** What to tell of output that is lost; nothing of a reader or a terminal that went away, as is the custom. */
export function lostOutput(error: Error, isTerminal: boolean): ShoalError | undefined {
  if ('code' in error && (error.code === 'EPIPE' || (isTerminal && error.code === 'EIO'))) return undefined;
  const { code, message } = ShoalError.from(error);
  return new ShoalError(code, `Standard output cannot be written: results are lost. ${message}`, { cause: error });
}
