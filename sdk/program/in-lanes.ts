/**
 * Processes items, with `lanes` of them in parallel. After the signal is aborted, no further item begins.
 * @throws the first error of `work`
 */
export function eachInLanes<T>(
  lanes: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const each = async (some: readonly T[]) => {
    for (const item of some) await work(item);
  };
  return inLanes(lanes, items, 1, each, signal);
}

/** Like `eachInLanes`, in chunks of `atOnce` items: for many items with little work each. */
export async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  atOnce: number,
  work: (some: readonly T[]) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let at = 0;
  const lane = async () => {
    while (at < items.length && !signal?.aborted) {
      const some = items.slice(at, at + atOnce);
      at += some.length;
      await work(some);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
