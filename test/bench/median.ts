/** The median of unsorted figures; the upper one of the middle two if their number is even. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}
