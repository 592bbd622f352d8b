import assert from 'node:assert/strict';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { MissedEvents } from '../../../sdk/client/missed-events.js';

describe('events that were missed', () => {
  it('have everything read anew at once, and once more for what is missed meanwhile', async () => {
    const read: (string | null)[][] = [];
    let goOn = (): void => {};
    const missed = new MissedEvents(async (groups) => {
      read.push([...groups]);
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }, 1);
    const all = missed.add('a');
    for (const group of ['b', null, 'b', 'c']) void missed.add(group);
    assert.deepEqual(read, [['a']]);
    goOn();
    while (read.length < 2) await nextLoop();
    assert.deepEqual(read, [['a'], ['b', null, 'c']]);
    goOn();
    await all;
    void missed.add('d');
    assert.deepEqual(read.at(-1), ['d'], 'and again at the next word');
    goOn();
  });

  it('are read anew at the next word where it failed', async () => {
    let reads = 0;
    const missed = new MissedEvents(() => {
      reads++;
      return Promise.reject(new Error('away'));
    }, 1);
    for (let time = 0; time < 2; time++) await assert.rejects(missed.add('a'), /away/);
    assert.equal(reads, 2);
  });
});
