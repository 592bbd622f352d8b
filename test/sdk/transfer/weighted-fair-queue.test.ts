import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WeightedFairQueue } from '../../../sdk/transfer/weighted-fair-queue.js';

/** Gives to whoever is first of those who want something, so many times; what each got. */
function give(turns: WeightedFairQueue<number>, wants: (member: number) => number, times: number): Map<number, number> {
  const got = new Map<number, number>();
  for (let index = 0; index < times; index++) {
    const member = turns.inTurn().find((one) => wants(one) > 0);
    if (member === undefined) break;
    const bytes = wants(member);
    turns.charge(member, bytes);
    got.set(member, (got.get(member) ?? 0) + bytes);
  }
  return got;
}

describe('WeightedFairQueue', () => {
  it('gives by weight to those who always want more, whatever the size of what they take', () => {
    const members = fc.array(
      fc.record({ weight: fc.constantFrom(1, 3, 9), bytes: fc.integer({ min: 1, max: 5000 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(members, (all) => {
        const turns = new WeightedFairQueue<number>();
        for (const [index, { weight }] of all.entries()) turns.set(index, weight);
        const got = give(turns, (index) => all[index]?.bytes ?? 0, 2000);
        const shares = all.map(({ weight }, index) => (got.get(index) ?? 0) / weight);
        const coarsest = Math.max(...all.map(({ weight, bytes }) => bytes / weight));
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 2 * coarsest, `${shares.join(' ')}`);
      }),
    );
  });

  it('lets nobody save up turns by wanting nothing', () => {
    const turns = new WeightedFairQueue<number>();
    turns.set(0, 1);
    turns.set(1, 1);
    give(turns, (member) => (member === 0 ? 100 : 0), 1000);
    const got = give(turns, () => 100, 100);
    assert.ok(Math.abs((got.get(0) ?? 0) - (got.get(1) ?? 0)) <= 100);
  });

  it('begins with a newcomer where the others are', () => {
    const turns = new WeightedFairQueue<number>();
    turns.set(0, 1);
    give(turns, () => 100, 1000);
    turns.set(1, 1);
    const got = give(turns, () => 100, 100);
    assert.ok(Math.abs((got.get(0) ?? 0) - (got.get(1) ?? 0)) <= 100);
  });

  it('goes by a new weight from then on, and forgets who left', () => {
    const turns = new WeightedFairQueue<number>();
    turns.set(0, 1);
    turns.set(1, 1);
    give(turns, () => 10, 100);
    turns.set(1, 9);
    const got = give(turns, () => 10, 1000);
    assert.ok(Math.abs((got.get(1) ?? 0) / (got.get(0) ?? 1) - 9) < 0.2);
    turns.remove(0);
    turns.charge(0, 10);
    assert.deepEqual(turns.inTurn(), [1]);
    assert.throws(() => turns.set(2, 0), RangeError);
  });
});
