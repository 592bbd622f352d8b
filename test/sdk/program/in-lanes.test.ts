import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { eachInLanes, inLanes } from '../../../sdk/program/index.js';

describe('lanes', () => {
  it('process every item once, with no more of them in parallel than there are lanes', async () => {
    const items = Array.from({ length: 20 }, (_none, index) => index);
    const done: number[] = [];
    let [running, most] = [0, 0];
    await eachInLanes(3, items, async (item) => {
      most = Math.max(most, ++running);
      await turn();
      running--;
      done.push(item);
    });
    assert.deepEqual(
      done.toSorted((a, b) => a - b),
      items,
    );
    assert.equal(most, 3);
  });

  it('process chunks', async () => {
    const chunks: (readonly string[])[] = [];
    await inLanes(2, ['a', 'b', 'c', 'd', 'e'], 2, async (some) => {
      chunks.push(some);
    });
    assert.deepEqual(chunks, [['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('begin no item after an abort', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const work = async (item: number) => {
      begun.push(item);
      await turn();
      stop.abort();
    };
    await eachInLanes(2, [1, 2, 3, 4, 5], work, stop.signal);
    assert.deepEqual(begun, [1, 2]);
  });

  it('end with the first error', async () => {
    const error = new Error('away');
    await assert.rejects(
      eachInLanes(2, [1, 2, 3], async (item) => {
        if (item === 2) throw error;
      }),
      error,
    );
  });
});
