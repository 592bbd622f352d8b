import assert from 'node:assert/strict';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { Slices } from '../../../tracker/server/slices.js';

describe('slices of the event loop', () => {
  const spin = (ms: number) => {
    const endsAtMs = performance.now() + ms;
    while (performance.now() < endsAtMs);
  };

  it('alternate between users, however many connections and requests one has', async () => {
    const slices = new Slices();
    const done: string[] = [];
    const work = async (owner: string, id: string, steps: number) => {
      await slices.turn({ owner, id });
      for (let step = 0; step < steps; step++) {
        await slices.pause({ owner, id });
        spin(5);
      }
      done.push(`${owner}${id}`);
    };
    const all = ['1', '2', '3', '4'].map((id) => work('flood', id, 6));
    await nextLoop();
    all.push(work('bob', '5', 1));
    await Promise.all(all);
    assert.equal(done[0], 'bob5');
  });

  it('let sockets and timers run between two of them', async () => {
    const slices = new Slices();
    let loops = 0;
    let goesOn = true;
    const count = () => {
      loops++;
      if (goesOn) setImmediate(count);
    };
    setImmediate(count);
    const me = { owner: 'a', id: '1' };
    await slices.turn(me);
    for (let step = 0; step < 20; step++) {
      await slices.pause(me);
      spin(5);
    }
    goesOn = false;
    assert.ok(loops >= 19, `${loops}`);
  });

  it('process many small requests, without waiting for one that waits for something else', async () => {
    const slices = new Slices();
    const never = slices.turn({ owner: 'a', id: '1' }).then(() => new Promise(() => {}));
    const small = Array.from({ length: 1000 }, (_, index) => slices.turn({ owner: 'b', id: `${index}` }));
    await Promise.all(small);
    assert.ok(never);
  });
});
