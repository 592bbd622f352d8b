import { ShoalError } from '../index.js';

/** Time for work that timed out to report the consequence. */
const LAST_WORDS_MS = 1000;

/**
 * Limits the time of work. After it, the work is aborted with a `ShoalError` `TIMEOUT` as the reason; work that does
 * not react is not awaited.
 */
export async function withinLimit<T>(
  limitMs: number | undefined,
  running: AbortController,
  work: Promise<T>,
): Promise<T> {
  if (limitMs === undefined) return work;
  const over = timeIsOver(limitMs);
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const abandoned = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      running.abort(over);
      timer = setTimeout(() => reject(over), LAST_WORDS_MS);
    }, limitMs);
  });
  try {
    return await Promise.race([work, abandoned]);
  } catch (thrown) {
    throw isOver && ShoalError.from(thrown).code === 'ABORTED' ? over : thrown;
  } finally {
    clearTimeout(timer);
  }
}

function timeIsOver(limitMs: number): ShoalError {
  return new ShoalError('TIMEOUT', `Not done within ${limitMs / 1000} s (--timeout).`);
}
