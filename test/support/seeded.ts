/** The seed of a randomised test: `SHOAL_TEST_SEED` to replay a run, or a new one. The test's title or message contains it. */
export function testSeed(): number {
  return Number(process.env.SHOAL_TEST_SEED ?? Date.now() % 1_000_000_000);
}

/** A seeded pseudo-random generator of numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A random integer from 0 to `below` - 1. */
export function drawn(random: () => number, below: number): number {
  return Math.floor(random() * below);
}
