import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SlotClaim } from '../../../../sdk/client/transfers/slot-claim.js';

type Told = Parameters<SlotClaim['progressed']>[0];

const told = (some: Partial<Told> = {}): Told => ({
  ...{ phase: 'downloading', doneBytes: 0, bytesPerSecond: 0, mayExpect: true, isLimited: false },
  ...some,
});

/** When a claim that is told the same all the time ends, in seconds; undefined: not within ten minutes. */
function endsAfter(...then: readonly Told[]): number | undefined {
  const claim = new SlotClaim();
  const last = then.at(-1) ?? told();
  for (const one of then.slice(0, -1)) claim.progressed(one, 0);
  for (let second = 0; second <= 600; second++) {
    claim.progressed(last, second * 1000);
    if (!claim.holds) return second;
  }
  return undefined;
}

describe('the claim of a download on a slot', () => {
  it('ends as soon as there is no source, and a moment later where something came before', () => {
    const waiting = told({ phase: 'waiting', mayExpect: false });
    assert.equal(endsAfter(waiting), 0);
    assert.equal(endsAfter(told({ bytesPerSecond: 50_000 }), waiting), 5);
  });

  it('ends where nobody answers or has what is missing, and where nothing worth the name comes', () => {
    assert.equal(endsAfter(told({ mayExpect: false })), 15);
    assert.equal(endsAfter(told()), 60);
    assert.equal(endsAfter(told({ bytesPerSecond: 200 })), 60, 'a trickle is nothing');
    assert.equal(endsAfter(told({ bytesPerSecond: 1000 })), undefined);
  });

  it('lasts while a limit of one’s own, or the last check, is what takes the time', () => {
    assert.equal(endsAfter(told({ bytesPerSecond: 200, isLimited: true })), undefined);
    assert.equal(endsAfter(told({ bytesPerSecond: 0, isLimited: true })), 60);
    assert.equal(endsAfter(told({ phase: 'verifying' })), undefined);
  });

  it('begins again with whatever comes', () => {
    for (const come of [told({ bytesPerSecond: 5000 }), told({ doneBytes: 10 }), told({ phase: 'verifying' })]) {
      const claim = new SlotClaim();
      assert.equal(claim.progressed(told({ phase: 'waiting' }), 0), true);
      assert.equal(claim.progressed(told({ mayExpect: true }), 1000), false, 'a source alone brings nothing');
      assert.deepEqual([claim.progressed(come, 2000), claim.holds], [true, true]);
    }
  });

  it('is never held for more than a minute by what brings nothing, and never lost within five seconds of what came', () => {
    const step = fc.record({
      phase: fc.constantFrom<Told['phase']>('downloading', 'waiting', 'verifying'),
      doneBytes: fc.constantFrom(0, 0, 0, 1),
      bytesPerSecond: fc.constantFrom(0, 0, 10, 2000),
      mayExpect: fc.boolean(),
      isLimited: fc.boolean(),
      ms: fc.nat(20_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const claim = new SlotClaim();
        let [nowMs, doneBytes, cameAtMs] = [0, 0, -Infinity];
        claim.progressed(told({ phase: 'downloading' }), 0);
        for (const { ms, ...one } of steps) {
          nowMs += ms;
          doneBytes += one.doneBytes;
          claim.progressed({ ...one, doneBytes }, nowMs);
          const came =
            one.phase === 'verifying' || one.doneBytes > 0 || one.bytesPerSecond >= (one.isLimited ? 1 : 1000);
          if (came) cameAtMs = nowMs;
          if (nowMs - cameAtMs < 5000) assert.ok(claim.holds);
          if (nowMs - Math.max(0, cameAtMs) >= 60_000) assert.ok(!claim.holds);
        }
      }),
    );
  });
});
