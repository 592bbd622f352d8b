import assert from 'node:assert/strict';
import fc from 'fast-check';
import { shuffled } from '../../../sdk/program/index.js';
import { seeded } from '../../support/seeded.js';

describe('a drawn order', () => {
  it('has the same items, and is any order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
        assert.deepEqual(shuffled(items, seeded(seed)).sort(), [...items].sort());
      }),
    );
    const random = seeded(1);
    const orders = new Set(Array.from({ length: 200 }, () => shuffled([1, 2, 3], random).join('')));
    assert.equal(orders.size, 6);
  });
});
