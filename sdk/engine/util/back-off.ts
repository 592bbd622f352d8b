/** How long to wait before the next try: doubling from `firstMs` to `lastMs`, half of it at random, so that many do not come at once. */
export function backOffMs(attempt: number, firstMs: number, lastMs: number, random: () => number): number {
  const full = Math.min(lastMs, firstMs * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
