import assert from 'node:assert/strict';
import { LoginThrottle } from '../../../tracker/accounts/login-throttle.js';

describe('failed attempts', () => {
  const limits = { free: 3, firstWaitMs: 1000, longestWaitMs: 5000 };
  const mustWait = (attempts: LoginThrottle, nowMs: number) => {
    try {
      attempts.check('key', nowMs);
      return false;
    } catch {
      return true;
    }
  };

  it('cost nothing at first, then a wait that doubles up to a bound', () => {
    const attempts = new LoginThrottle(limits);
    let nowMs = 0;
    const waits: number[] = [];
    for (let failure = 0; failure < 7; failure++) {
      attempts.failed('key', nowMs);
      const from = nowMs;
      while (mustWait(attempts, nowMs)) nowMs += 100;
      waits.push(nowMs - from);
    }
    assert.deepEqual(waits, [0, 0, 1000, 2000, 4000, 5000, 5000]);
    assert.equal(mustWait(new LoginThrottle(limits), 0), false);
  });

  it('are reset by a right one', () => {
    const attempts = new LoginThrottle(limits);
    for (let failure = 0; failure < 5; failure++) attempts.failed('key', 0);
    assert.equal(mustWait(attempts, 0), true);
    attempts.succeeded('key');
    assert.equal(mustWait(attempts, 0), false);
  });

  it('are forgotten some time after the wait has ended', () => {
    const attempts = new LoginThrottle(limits);
    for (let failure = 0; failure < 7; failure++) attempts.failed('key', 0);
    assert.equal(attempts.hasFailed('key', 15 * 60_000), true);
    assert.equal(attempts.hasFailed('key', 16 * 60_000), false);
    attempts.failed('key', 16 * 60_000);
    assert.equal(mustWait(attempts, 16 * 60_000), false, 'it begins anew');
  });

  it('are remembered for a bounded number of keys, the latest', () => {
    const attempts = new LoginThrottle(limits);
    for (let failure = 0; failure < 5; failure++) attempts.failed('key', 0);
    for (let other = 0; other < 10_000; other++) attempts.failed(`other ${other}`, 0);
    assert.equal(mustWait(attempts, 0), false);
  });
});
