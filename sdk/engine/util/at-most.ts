import { onAbort } from '../../program/index.js';

/** Waits for work, but not longer than `ms`. @returns its result; undefined if it takes longer */
export async function atMost<T>(work: Promise<T>, ms: number, signal?: AbortSignal): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let end = () => {};
  const over = new Promise<undefined>((resolve) => {
    const stop = () => resolve(undefined);
    timer = setTimeout(stop, ms);
    end = onAbort(signal, stop);
    if (signal?.aborted) stop();
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    end();
  }
}
