import { onAbort } from '../../../program/index.js';

/** Time and timers, as an argument: tests pass their own. */
export interface MapperClock {
  /** Milliseconds on a monotonic clock. */
  nowMs(): number;
  /** Calls `act` once, after `ms`. @returns a function that cancels the call */
  after(ms: number, act: () => void): () => void;
}

/** The system's time. Its timers keep no process alive, because nobody waits for a renewal. */
export const BACKGROUND_CLOCK: MapperClock = {
  nowMs: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms).unref();
    return () => clearTimeout(timer);
  },
};

/** Waits for `ms`. @throws the signal's reason as soon as it is aborted */
export function pause(clock: MapperClock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      leave();
      resolve();
    });
    const leave = onAbort(signal, () => {
      cancel();
      reject(reasonOf(signal));
    });
  });
}

/** Runs work with a signal that is aborted after `ms`, or with `outer`. */
export async function within<T>(
  clock: MapperClock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const stop = new AbortController();
  if (outer?.aborted) stop.abort(outer.reason);
  const leave = onAbort(outer, () => stop.abort(outer?.reason));
  const cancel = clock.after(ms, () => stop.abort());
  try {
    return await work(stop.signal);
  } finally {
    cancel();
    leave();
  }
}

/** The reason of an aborted signal, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('stopped', { cause: signal.reason });
}
