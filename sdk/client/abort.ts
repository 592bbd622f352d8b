import { onAbort } from '../engine/index.js';
import { ShoalError } from '../protocol/index.js';

/** @throws ShoalError `ABORTED` when the signal has been given */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The promise's outcome, or `ABORTED` as soon as the signal is given; what was begun is left to end by itself. */
export async function untilAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  throwIfAborted(signal);
  let end = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    end = onAbort(signal, () => reject(abortError(signal)));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    end();
  }
}

/** Waits for a while. @throws ShoalError `ABORTED` as soon as the signal is given */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await untilAborted(over, signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The signals that something may be stopped by, for as long as it is not over. */
export class StopSignals {
  readonly #ends = new Set<() => void>();

  /** Has it stopped when the signal is given, at once where it has been. */
  add(signal: AbortSignal | undefined, stop: () => void): void {
    if (signal?.aborted) stop();
    else if (signal) this.#ends.add(onAbort(signal, stop));
  }

  /** It is over: they are listened to no more. */
  end(): void {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}

export function abortError(signal: AbortSignal): ShoalError {
  return new ShoalError('ABORTED', 'Stopped, as asked.', { cause: signal.reason });
}
