import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pauseMs } from '../../../../tracker/store/postgres/retrying.js';

describe('the pauses before a step is repeated', () => {
  it('grow up to a bound, and never are the same for all who lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const [least, pause, most] = [0, random, 1].map((drawn) => pauseMs(attempt, drawn));
        assert.ok(least !== undefined && pause !== undefined && most !== undefined);
        assert.ok(least > 0 && least <= pause && pause <= most && most <= 250);
        assert.equal(most, 2 * least);
        assert.ok(least <= pauseMs(attempt + 1, 0));
      }),
    );
  });
});
