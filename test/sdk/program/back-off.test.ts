import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backOffMs } from '../../../sdk/program/index.js';

describe('back-off', () => {
  it('doubles up to its end', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 10].map((attempt) => backOffMs(attempt, 250, 2000)),
      [250, 500, 1000, 2000, 2000],
    );
  });

  it('never comes at once or in step with a source of chance', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        const delayMs = backOffMs(attempt, 250, 30_000, () => random);
        assert.ok(delayMs >= 125 && delayMs <= 30_000);
      }),
    );
  });
});
