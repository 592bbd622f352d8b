import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FairQueue } from '../../tracker/fair-queue.js';

describe('a fair queue', () => {
  const item = fc.record({ outer: fc.constantFrom('a', 'b', 'c'), inner: fc.constantFrom('1', '2') });

  it('gives each in turn: nobody is served twice while another waits, and each in the order of their own', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (items) => {
        const queue = new FairQueue<{ outer: string; inner: string; index: number }>();
        const left = items.map((one, index) => ({ ...one, index }));
        for (const one of left) queue.push(one.outer, one.inner, one);
        /** Who was served since each of the others. */
        const servedSince = new Map<string, Set<string>>();
        while (left.length > 0) {
          assert.equal(queue.size, left.length);
          const next = queue.shift();
          assert.ok(next);
          const mine = left.find(({ outer, inner }) => outer === next.outer && inner === next.inner);
          assert.equal(mine?.index, next.index, 'in the order of their own');
          left.splice(left.indexOf(mine), 1);
          for (const outer of new Set(left.map((one) => one.outer))) {
            if (outer === next.outer) continue;
            const since = servedSince.get(outer) ?? new Set();
            assert.ok(!since.has(next.outer), `${next.outer} was served twice while ${outer} waited`);
            servedSince.set(outer, since.add(next.outer));
          }
          servedSince.delete(next.outer);
        }
        assert.equal(queue.shift(), undefined);
        assert.equal(queue.count('a'), 0);
      }),
    );
  });

  it('gives up what whoever has the most brought last', () => {
    const queue = new FairQueue<string>();
    queue.push('a', '1', 'only');
    for (const one of ['x', 'y', 'z']) queue.push('b', '2', one);
    queue.push('b', '1', 'other');
    assert.equal(queue.pop(), 'z');
    assert.equal(queue.count('b'), 3);
    assert.deepEqual([queue.shift(), queue.shift(), queue.shift(), queue.shift()], ['only', 'x', 'other', 'y']);
    assert.equal(queue.pop(), undefined);
  });

  it('passes over those who may not yet, and takes out who has gone', () => {
    const queue = new FairQueue<number>();
    queue.push('a', '1', 9);
    queue.push('a', '2', 1);
    queue.push('b', '1', 8);
    assert.equal(
      queue.shift((size) => size < 5),
      1,
    );
    assert.equal(
      queue.shift((size) => size < 5),
      undefined,
    );
    assert.equal(queue.remove('a', '1', 9), true);
    assert.equal(queue.remove('a', '1', 9), false);
    assert.equal(queue.shift(), 8);
    assert.equal(queue.size, 0);
  });
});
