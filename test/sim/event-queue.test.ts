import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventQueue } from './event-queue.js';

describe('EventQueue', () => {
  it('lets things happen in order of time, and of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (times) => {
        const queue = new EventQueue();
        const happened: { at: number; index: number }[] = [];
        for (const [index, at] of times.entries()) {
          queue.at(at, () => {
            happened.push({ at: queue.nowMs, index });
            if (index % 3 === 0) queue.in(0, () => happened.push({ at: queue.nowMs, index: 1000 + index }));
          });
        }
        while (queue.step(Infinity));
        assert.equal(happened.length, queue.count);
        for (const [place, one] of happened.entries()) {
          const before = happened[place - 1];
          assert.ok(!before || before.at < one.at || (before.at === one.at && before.index < one.index));
        }
      }),
    );
  });

  it('does nothing before its time, and nothing too late', () => {
    const queue = new EventQueue();
    queue.in(10, () => {});
    assert.equal(queue.step(9), false);
    assert.equal(queue.step(10), true);
    assert.equal(queue.nowMs, 10);
    assert.throws(() => queue.at(9, () => {}), RangeError);
  });
});
