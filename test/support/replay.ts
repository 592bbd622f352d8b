/** Replays property tests: fast-check's message contains the seed, and `SHOAL_TEST_SEED` applies it to every property of a run. */
import fc from 'fast-check';

if (process.env.SHOAL_TEST_SEED !== undefined) fc.configureGlobal({ seed: Number(process.env.SHOAL_TEST_SEED) });
