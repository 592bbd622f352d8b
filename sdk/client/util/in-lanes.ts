/** Processes items in chunks of `atOnce`, with `lanes` chunks in parallel. */
export async function inLanes<T>(
  lanes: number,
  items: readonly T[],
  atOnce: number,
  work: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  let at = 0;
  const lane = async () => {
    while (at < items.length) {
      const some = items.slice(at, at + atOnce);
      at += some.length;
      await work(some);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
