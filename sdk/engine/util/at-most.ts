import { onAbort } from '../../program/index.js';

/** Waits for work, but not longer than `ms`. */
export async function atMost(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let end = () => {};
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    end = onAbort(signal, resolve);
    if (signal?.aborted) resolve();
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
    end();
  }
}
