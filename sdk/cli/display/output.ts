import type { Writable } from 'node:stream';
import { ShoalError } from '../../index.js';

/** Checks that output reaches its reader. */
export class Delivery {
  readonly #stream: Writable;
  #lost: Error | undefined;

  /** Calls `onLost` for each write that fails. */
  constructor(stream: Writable, onLost: () => void) {
    this.#stream = stream;
    stream.on('error', (error: Error) => {
      this.#lost ??= error;
      onLost();
    });
  }

  /** Waits until all output is written. @returns the error if output is lost */
  settled(): Promise<Error | undefined> {
    return new Promise((resolve) => {
      // The stream calls back before it emits the earlier error.
      this.#stream.write('', (error) => setImmediate(() => resolve(this.#lost ?? error ?? undefined)));
    });
  }
}

/** The error to report for lost output. By convention, a reader or terminal that went away is not reported. */
export function lostOutput(error: Error, isTerminal: boolean): ShoalError | undefined {
  if ('code' in error && (error.code === 'EPIPE' || (isTerminal && error.code === 'EIO'))) return undefined;
  const { code, message } = ShoalError.from(error);
  return new ShoalError(code, `Standard output cannot be written: results are lost. ${message}`, { cause: error });
}
