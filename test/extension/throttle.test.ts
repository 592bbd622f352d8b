import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Throttle } from '../../extension/throttle.js';
import { HandClock } from '../support/hand-clock.js';

const EVERY_MS = 250;

describe('A throttle', () => {
  it('acts soon after every request, and never twice within its time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(600), { maxLength: 60 }), (pauses) => {
        const clock = new HandClock();
        const actsMs: number[] = [];
        const requestsMs: number[] = [];
        const throttle = new Throttle(EVERY_MS, () => actsMs.push(clock.nowMs()), clock);
        for (const pause of pauses) {
          clock.pass(pause);
          requestsMs.push(clock.nowMs());
          throttle.request();
        }
        clock.pass(EVERY_MS);
        for (const [index, atMs] of actsMs.entries()) {
          const beforeMs = actsMs[index - 1];
          assert.ok(beforeMs === undefined || atMs - beforeMs >= EVERY_MS);
        }
        for (const atMs of requestsMs) assert.ok(actsMs.some((act) => act >= atMs && act <= atMs + EVERY_MS));
      }),
    );
  });

  it('does nothing unasked, and nothing once it is closed', () => {
    const clock = new HandClock();
    let acts = 0;
    const throttle = new Throttle(EVERY_MS, () => acts++, clock);
    clock.pass(1000);
    throttle.request();
    throttle.close();
    clock.pass(1000);
    assert.equal(acts, 0);
  });
});
