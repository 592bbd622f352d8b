import { setTimeout as sleep } from 'node:timers/promises';
import { gaveUp, patienceMs } from './deadline.js';

const LOOK_EVERY_MS = 5;

/**
 * Polls a condition that no event announces, such as the end of another process.
 * @throws if it does not become true before the time limit of the test, with the condition's text
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + patienceMs();
  while (!(await isSo())) {
    if (performance.now() > endMs) throw gaveUp(String(isSo));
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Polls for a value that satisfies a condition.
 * @throws if there is none before the time limit of the test, with the value that was seen last
 */
export async function untilSeen<T>(
  look: () => T | Promise<T>,
  isRight: (seen: T) => boolean,
  everyMs = LOOK_EVERY_MS,
): Promise<T> {
  const endMs = performance.now() + patienceMs();
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (performance.now() > endMs) throw gaveUp(String(isRight), seen);
    await sleep(everyMs);
  }
}
