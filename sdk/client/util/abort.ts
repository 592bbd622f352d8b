import { atMost } from '../../engine/index.js';
import { onAbort } from '../../program/index.js';
import { ShoalError } from '../../protocol/index.js';

/** Why what was under way for someone who signs out, or for a client that is closed, comes to nothing. */
export class SessionOver extends ShoalError {
  constructor() {
    super('ABORTED', 'You signed out, or the client was closed, before the end: sign in and try again.');
  }
}

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

/** Waits until all have come to an end, but no longer than so. @throws the first of what they threw */
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

/** Options of every operation that can take long. */
export interface Abortable {
  /** Ends the operation, which then rejects with `ABORTED`. */
  signal?: AbortSignal;
}
