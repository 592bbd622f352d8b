import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TokenBucket } from '../../../sdk/transfer/token-bucket.js';

const MAX_BLOCK = 128 * 1024;

function bucket(bytesPerSecond: number, nowMs = 0): TokenBucket {
  return new TokenBucket({ bytesPerSecond, maxBlockBytes: MAX_BLOCK }, nowMs);
}

const rate = fc.integer({ min: 1000, max: 100_000_000 });
/** What happens one after the other: time passes, bytes are wanted, the rate changes. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.double({ min: 0, max: 3000, noNaN: true }) }),
    fc.record({ kind: fc.constant('take' as const), bytes: fc.integer({ min: 1, max: 1 << 20 }) }),
    fc.record({ kind: fc.constant('rate' as const), bytesPerSecond: rate }),
  ),
  { maxLength: 60 },
);

/** Takes blocks for as long as there are some, as one does who always wants more. Returns their sum. */
function drain(one: TokenBucket, nowMs: number): number {
  let taken = 0;
  while (one.waitMs(one.blockBytes, nowMs) === 0) {
    assert.ok(one.take(one.blockBytes, nowMs));
    taken += one.blockBytes;
  }
  return taken;
}

describe('TokenBucket', () => {
  it('never lets more pass than its rate gives and one burst, whatever happens', () => {
    fc.assert(
      fc.property(rate, steps, (first, happenings) => {
        const one = bucket(first);
        let [nowMs, taken, given, burst] = [0, 0, 0, one.burstBytes];
        for (const step of happenings) {
          if (step.kind === 'pass') {
            nowMs += step.ms;
            given += (step.ms / 1000) * one.bytesPerSecond;
          } else if (step.kind === 'take') {
            if (one.take(step.bytes, nowMs)) taken += step.bytes;
          } else {
            one.setRate(step.bytesPerSecond, nowMs);
            burst = Math.max(burst, one.burstBytes);
          }
          assert.ok(taken <= given * (1 + 1e-9) + 1e-3, 'it begins empty: nothing passes before it was given');
        }
        const idleMs = nowMs + 1e6;
        assert.ok(drain(one, idleMs) <= one.burstBytes * (1 + 1e-9), 'an idle time saves up one burst');
      }),
    );
  });

  it('lets all pass that its rate gives, when there is demand, through every change of the rate', () => {
    const spells = fc.array(fc.record({ bytesPerSecond: rate, ms: fc.integer({ min: 0, max: 5000 }) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(spells, fc.integer({ min: 1, max: 100 }), (happenings, everyMs) => {
        const one = bucket(1000);
        let [nowMs, taken, given, largestBlock, unsaved] = [0, 0, 0, 0, 0];
        for (const { bytesPerSecond, ms } of happenings) {
          const leftover = one.blockBytes;
          one.setRate(bytesPerSecond, nowMs);
          // Less than a block was left over. A much smaller rate cannot accumulate it and what comes until it is first used.
          const first = (Math.min(everyMs, ms) / 1000) * bytesPerSecond;
          unsaved += Math.max(0, leftover + first - one.burstBytes);
          largestBlock = Math.max(largestBlock, one.blockBytes);
          for (const endMs = nowMs + ms; nowMs < endMs; ) {
            const passed = Math.min(everyMs, endMs - nowMs);
            nowMs += passed;
            given += (passed / 1000) * bytesPerSecond;
            taken += drain(one, nowMs);
          }
        }
        assert.ok(taken <= given + 1, 'no more than was given');
        assert.ok(given - taken <= largestBlock + unsaved + 1, `${given - taken} bytes were lost`);
      }),
    );
  });

  it('says how long to wait, to the moment', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 0, max: 400 }), (bytesPerSecond, idleMs) => {
        const one = bucket(bytesPerSecond, 1000);
        drain(one, 1000 + idleMs);
        const block = one.blockBytes;
        const waitMs = one.waitMs(block, 1000 + idleMs);
        assert.ok(waitMs > 0);
        assert.equal(one.take(block, 1000 + idleMs + waitMs * 0.99), false);
        assert.equal(one.take(block, 1000 + idleMs + waitMs + 0.001), true);
      }),
    );
  });

  it('is within 5 % over ten seconds at small and large rates, though its taker comes late and irregularly', () => {
    fc.assert(
      fc.property(rate, fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (bytesPerSecond, gaps) => {
        const one = bucket(bytesPerSecond);
        let [nowMs, taken] = [0, 0];
        for (let index = 0; nowMs < 10_000; index++) {
          nowMs = Math.min(10_000, nowMs + (gaps[index % gaps.length] ?? 1));
          taken += drain(one, nowMs);
        }
        const target = bytesPerSecond * 10;
        // At the smallest rates a block is more than 5 % of ten seconds.
        const slack = Math.max(target * 0.05, one.blockBytes);
        assert.ok(Math.abs(taken - target) <= slack, `${taken} instead of ${target}`);
      }),
    );
  });

  it('carries nothing from a large rate into a small one but what that may save up', () => {
    const one = bucket(50_000_000);
    one.waitMs(1, 10_000);
    one.setRate(100_000, 10_000);
    assert.ok(drain(one, 10_000) <= one.burstBytes);
  });

  it('makes no credit of a clock that goes back', () => {
    const one = bucket(1_000_000, 5000);
    assert.ok(one.waitMs(one.blockBytes, 1000) > 0);
    assert.ok(one.waitMs(one.blockBytes, 5000) > 0);
    assert.equal(one.waitMs(one.blockBytes, 5050), 0);
  });

  it('never lets more pass at once than a burst, and refuses what is no rate', () => {
    const one = bucket(1_000_000);
    assert.equal(one.waitMs(one.burstBytes + 1, 0), Infinity);
    assert.equal(one.take(one.burstBytes + 1, 1e9), false);
    for (const none of [0, -1, Number.NaN, Infinity]) {
      assert.throws(() => bucket(none), RangeError);
      assert.throws(() => one.setRate(none, 0), RangeError);
    }
  });

  it('hands out the twentieth part of a second at a time, within what its taker can use', () => {
    assert.deepEqual(
      [1000, 100_000, 1_000_000, 50_000_000].map((bytesPerSecond) => bucket(bytesPerSecond).blockBytes),
      [512, 5000, 50_000, MAX_BLOCK],
    );
  });
});
