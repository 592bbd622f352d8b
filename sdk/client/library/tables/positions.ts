/** A number between two numbers, which may be infinite; undefined if there is none. */
export function between(after: number, before: number): number | undefined {
  const position = numberNear(after, before);
  return after < position && position < before ? position : undefined;
}

function numberNear(after: number, before: number): number {
  if (after === -Infinity) return before === Infinity ? 0 : before - 1;
  return before === Infinity ? after + 1 : (after + before) / 2;
}
