import assert from 'node:assert/strict';
import { AllocationWatch } from './allocations.js';
import { readCorpus } from './corpus.js';
import { decodeOne, fuzz } from './run.js';
import type { FuzzTarget } from './target.js';
import { TARGETS } from './targets/index.js';

const RUNS = 1000;

describe('decoders', () => {
  for (const [name, { what, open }] of Object.entries(TARGETS)) {
    describe(`of ${what}`, () => {
      let target: FuzzTarget;
      before(async () => {
        target = await open();
      });
      after(() => target.close?.());

      it('bear every input of the corpus, however it is cut', async () => {
        const corpus = readCorpus(name);
        assert.ok(corpus.length > 0, `test/corpus/${name} is empty`);
        using watch = new AllocationWatch();
        for (const entry of corpus) {
          const middle = entry.bytes.length >> 1;
          const everywhere = Array.from({ length: Math.min(entry.bytes.length, 300) }, (_none, index) => index);
          for (const cuts of [[], [middle], everywhere]) await decodeOne(target, { bytes: entry.bytes, cuts }, watch);
        }
      });

      it(`bear ${RUNS} hostile inputs, with no more memory than they state`, async () => {
        const seed = Math.floor(Math.random() * 2 ** 31);
        await fuzz(target, RUNS, seed);
      });
    });
  }
});
