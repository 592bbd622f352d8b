import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenBucket } from '../../../../tracker/server/budgets/token-bucket.js';

describe('the token bucket', () => {
  const takes = (bucket: TokenBucket, nowMs: number, times: number) =>
    Array.from({ length: times }, () => bucket.take(nowMs)).filter(Boolean).length;

  it('allows a burst, then as many as time refills, and never saves more than a burst', () => {
    const bucket = new TokenBucket(10, 5, 0);
    assert.equal(takes(bucket, 0, 9), 5);
    assert.equal(takes(bucket, 99, 1), 0);
    assert.equal(takes(bucket, 100, 2), 1);
    assert.equal(takes(bucket, 3_600_000, 9), 5);
  });

  it('blocks nobody when the clock is set back', () => {
    const bucket = new TokenBucket(10, 5, 3_600_000);
    assert.equal(takes(bucket, 0, 9), 5);
    assert.equal(takes(bucket, 100, 2), 1);
  });

  it('never allows more than a burst and the refill since then', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2000 }), { maxLength: 200 }), (pauses) => {
        const bucket = new TokenBucket(20, 7, 0);
        let nowMs = 0;
        let taken = 0;
        for (const pause of pauses) {
          nowMs += pause;
          taken += takes(bucket, nowMs, 3);
          assert.ok(taken <= 7 + (nowMs / 1000) * 20 + 1e-6);
        }
      }),
    );
  });
});
