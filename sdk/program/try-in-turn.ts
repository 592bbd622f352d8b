/**
 * Tries alternatives in their order until one is accepted.
 * @param isRefused whether an error means that the next alternative may be accepted
 * @throws the last refusal, or the first other error
 */
export async function tryInTurn<A, T>(
  [first, ...others]: readonly [A, ...A[]],
  isRefused: (error: unknown) => boolean,
  attempt: (alternative: A) => Promise<T>,
): Promise<T> {
  try {
    return await attempt(first);
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || !isRefused(error)) throw error;
    return tryInTurn([next, ...rest], isRefused, attempt);
  }
}
