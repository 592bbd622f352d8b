/** The pieces from `first` to before `end`. */
export interface PieceRange {
  readonly first: number;
  readonly end: number;
}

/**
 * Merges ranges: the first piece of each, then the second of each, and so on, each once, so that all readers progress
 * alike.
 */
export function inReadingOrder(ranges: readonly PieceRange[]): number[] {
  const pieces = new Set<number>();
  const longest = Math.max(0, ...ranges.map(({ first, end }) => end - first));
  for (let ahead = 0; ahead < longest; ahead++) {
    for (const { first, end } of ranges) if (first + ahead < end) pieces.add(first + ahead);
  }
  return [...pieces];
}
