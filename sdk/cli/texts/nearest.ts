/** The candidate most similar to `word`, if it is similar enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase();
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let fewest = allowed + 1;
  for (const candidate of candidates) {
    const mistypings = editDistance(typed, candidate);
    if (mistypings < fewest) {
      best = candidate;
      fewest = mistypings;
    }
  }
  return best;
}

/** Number of insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = cell(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let distance = Math.min(replaced, cell(last, column) + 1, cell(current, column - 1) + 1);
      const swapped = column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) distance = Math.min(distance, cell(beforeLast, column - 2) + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, to.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
