import { atMost } from '../../engine/index.js';
import { onAbort } from '../../program/index.js';
import { ShoalError } from '../../protocol/index.js';

/** The reason why operations end when the user signs out or the client closes. */
export class SessionOver extends ShoalError {
  constructor() {
    super('ABORTED', 'You signed out, or the client was closed, before the end: sign in and try again.');
  }
}

/** @throws ShoalError `ABORTED` if the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The outcome of the promise, or `ABORTED` as soon as the signal is aborted. The underlying operation continues. */
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

/** Waits for `ms`. @throws ShoalError `ABORTED` as soon as the signal is aborted */
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

/** Listeners to the abort signals of one operation, until it ends. */
export class StopSignals {
  readonly #ends = new Set<() => void>();

  /** Calls `stop` when the signal is aborted, or at once if it already is. */
  add(signal: AbortSignal | undefined, stop: () => void): void {
    if (signal?.aborted) stop();
    else if (signal) this.#ends.add(onAbort(signal, stop));
  }

  /** Removes all listeners: the operation has ended. */
  end(): void {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}

/** Waits until all promises have settled, for at most `ms`. @throws the first rejection */
export async function untilEnded(work: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  let failure: { readonly thrown: unknown } | undefined;
  const ended = Array.from(work, (one) =>
    one.catch((thrown: unknown) => {
      failure ??= { thrown };
    }),
  );
  await atMost(Promise.all(ended), ms);
  if (failure) throw failure.thrown;
}

export function abortError(signal: AbortSignal): ShoalError {
  if (signal.reason instanceof SessionOver) return signal.reason;
  return new ShoalError('ABORTED', 'Stopped, as asked.', { cause: signal.reason });
}

/** Options of every operation that may take long. */
export interface Abortable {
  /** Ends the operation, which then rejects with `ABORTED`. */
  signal?: AbortSignal;
}

export function closedError(): ShoalError {
  return new ShoalError('CLOSED', 'This client is closed: create a new one.');
}
