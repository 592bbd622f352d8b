import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contentsToEvict } from '../../../../sdk/client/kept/eviction.js';

const content = fc.record({
  sizeBytes: fc.nat(1000),
  use: fc.constantFrom('held' as const, 'busy' as const, 'none' as const),
});

describe('the eviction of kept contents', () => {
  it('removes the least recently needed ones, no more than it must, and busy ones last', () => {
    fc.assert(
      fc.property(fc.array(content), fc.nat(5000), fc.nat(20), (drawn, maxBytes, maxCount) => {
        const all = drawn.map((one, index) => ({ ...one, manifestId: String(index) }));
        const useOf = (manifestId: string) => all[Number(manifestId)]?.use ?? 'none';
        const sum = (some: typeof all) => some.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
        const fits = (some: typeof all) => sum(some) <= maxBytes && some.length <= maxCount;
        const evicted = contentsToEvict(all, {
          ...{ totalBytes: sum(all), count: all.length, maxBytes, maxCount, useOf },
        });
        const left = all.filter(({ manifestId }) => !evicted.includes(manifestId));
        assert.ok(fits(left) || left.every(({ use }) => use === 'held'));
        const last = evicted.at(-1);
        if (last !== undefined) assert.ok(!fits(all.filter((one) => left.includes(one) || one.manifestId === last)));
        for (const use of ['none', 'busy'] as const) {
          const order = all.filter((one) => one.use === use).map(({ manifestId }) => manifestId);
          const gone = evicted.filter((manifestId) => useOf(manifestId) === use);
          assert.deepEqual(gone, order.slice(0, gone.length));
        }
        if (evicted.some((manifestId) => useOf(manifestId) === 'busy'))
          assert.ok(left.every(({ use }) => use !== 'none'));
        assert.ok(evicted.every((manifestId) => useOf(manifestId) !== 'held'));
      }),
    );
  });
});
