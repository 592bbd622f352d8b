/** The middle one of some figures, in whatever order they come; of an even number the upper. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}
