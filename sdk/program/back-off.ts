/**
 * The delay before the next try in milliseconds: doubles from `firstMs` to `lastMs`. With `random`, which returns numbers from 0
 * to 1, half of it is random, so that many clients do not return at once.
 * @param attempt the number of tries that failed before, from 0
 */
export function backOffMs(attempt: number, firstMs: number, lastMs: number, random: () => number = () => 1): number {
  const full = Math.min(lastMs, firstMs * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
