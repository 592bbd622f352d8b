import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RandomRoundRobin } from '../../../../sdk/transfer/upload/random-round-robin.js';
import { seeded } from '../../../support/seeded.js';

describe('RandomRoundRobin', () => {
  it('is first come, first served without a lot', () => {
    const line = new RandomRoundRobin<string>(() => 0);
    for (const one of ['ann', 'bob', 'cyd']) line.add(one);
    assert.equal(line.take(), 'ann');
    line.add('ann');
    line.delete('cyd');
    assert.deepEqual([line.take(), line.take(), line.take()], ['bob', 'ann', undefined]);
    assert.equal(line.size, 0);
  });

  it('gives everyone who waits on one turn a round, in an order of its own', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (count, seed) => {
        const line = new RandomRoundRobin<number>(seeded(seed));
        for (let one = 0; one < count; one++) line.add(one);
        for (let round = 0; round < 5; round++) {
          const served = new Set<number>();
          for (let turn = 0; turn < count; turn++) {
            const one = line.take();
            assert.ok(one !== undefined && !served.has(one));
            served.add(one);
            line.add(one);
          }
        }
      }),
    );
    const orders = [1, 2, 3].map((seed) => {
      const line = new RandomRoundRobin<number>(seeded(seed));
      for (let one = 0; one < 20; one++) line.add(one);
      return Array.from({ length: 20 }, () => line.take()).join();
    });
    assert.equal(new Set(orders).size, 3);
  });

  it('forgets who went: who comes back waits for a turn in this round', () => {
    const line = new RandomRoundRobin<string>(() => 0);
    for (const one of ['ann', 'bob']) line.add(one);
    line.take();
    line.forget('ann');
    line.add('ann');
    assert.deepEqual([line.take(), line.take()], ['bob', 'ann']);
  });
});
