/** Repeats drawn tests: fast-check's message has a seed, and `SHOAL_TEST_SEED` gives it back to every property of a run. */
import fc from 'fast-check';

if (process.env.SHOAL_TEST_SEED !== undefined) fc.configureGlobal({ seed: Number(process.env.SHOAL_TEST_SEED) });
