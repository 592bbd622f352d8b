/**
 * The delay before the next try: doubles from `firstMs` to `lastMs`, half of it random, so that many clients do not
 * return at once.
 */
export function backOffMs(attempt: number, firstMs: number, lastMs: number, random: () => number): number {
  const full = Math.min(lastMs, firstMs * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
