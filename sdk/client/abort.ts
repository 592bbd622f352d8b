import { ShoalError } from '../protocol/index.js';

/** @throws ShoalError `ABORTED` when the signal has been given */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The promise's outcome, or `ABORTED` as soon as the signal is given; what was begun is left to end by itself. */
export async function untilAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  throwIfAborted(signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

export function abortError(signal: AbortSignal): ShoalError {
  return new ShoalError('ABORTED', 'Stopped, as asked.', { cause: signal.reason });
}
