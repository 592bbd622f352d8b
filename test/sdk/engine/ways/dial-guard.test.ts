import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DialGuard, type DialTarget } from '../../../../sdk/engine/ways/dial-guard.js';

/** The devices that one hostile user announces to direct others' dials. */
function announced(devices: number, place: (device: number) => Partial<DialTarget>): DialTarget[] {
  return Array.from({ length: devices }, (_, device) => ({
    ...{ userId: 'mallory', host: '192.0.2.1', port: 1024 + device },
    ...place(device),
  }));
}

/** Dials every target that may be dialled, ten times a second. Returns the dials per target. */
function dialFor(guard: DialGuard, targets: readonly DialTarget[], seconds: number): number[] {
  const dials = targets.map(() => 0);
  for (let nowMs = 0; nowMs < seconds * 1000; nowMs += 100) {
    for (const [index, target] of targets.entries()) {
      guard.announced(target);
      if (!guard.tryDial(target, nowMs)) continue;
      dials[index] = (dials[index] ?? 0) + 1;
      guard.settled(target);
      guard.ended(target, 'failed', nowMs);
    }
    guard.review(nowMs);
  }
  return dials;
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe('DialGuard', () => {
  const places: [string, (device: number) => Partial<DialTarget>, number][] = [
    ['one address', () => ({ port: 9000 }), 20],
    ['one host', () => ({}), 100],
    ['hosts of their own', (device) => ({ host: `192.0.2.${device}` }), 100],
    ['one host, by a user each', (device) => ({ userId: `mallory${device}` }), 96 + 4 * 60 + 1],
    ['one address, by a user each', (device) => ({ userId: `mallory${device}`, port: 9000 }), 20],
  ];
  for (const [where, place, most] of places) {
    it(`dials 300 devices at ${where}, that hang up, ${most} times a minute at most`, () => {
      const dials = sum(dialFor(new DialGuard(() => 0.5), announced(300, place), 60));
      assert.ok(dials > 0 && dials <= most, `${dials} dials`);
    });
  }

  it('holds back nobody else', () => {
    const honest = { userId: 'ann', host: '192.0.2.9', port: 9000 };
    const dials = dialFor(new DialGuard(Math.random), [...announced(300, () => ({})), honest], 5);
    assert.ok((dials.at(-1) ?? 0) >= 1);
  });

  it('makes few connections at a time to what one user announced, and one to an address', () => {
    const guard = new DialGuard(Math.random);
    const targets = announced(300, (device) => ({ host: `192.0.2.${device}` }));
    const dialled = targets.filter((target) => guard.tryDial(target, 0));
    assert.equal(dialled.length, 8);
    const [first] = dialled;
    assert.ok(first);
    assert.ok(!guard.tryDial({ ...first, userId: 'ann' }, 0));
    guard.settled(first);
    assert.ok(guard.tryDial({ ...first, userId: 'ann' }, 0));
  });

  it('never holds back those whose connections bring something', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 300 }), (pauses) => {
        const guard = new DialGuard(Math.random);
        const [target] = announced(1, () => ({}));
        assert.ok(target);
        let nowMs = 0;
        for (const pause of pauses) {
          nowMs += pause;
          assert.ok(guard.tryDial(target, nowMs));
          guard.settled(target);
          guard.ended(target, 'worked', nowMs);
        }
      }),
    );
  });

  it('lets one who was away come back soon after he is announced anew', () => {
    const guard = new DialGuard(() => 1);
    const [target] = announced(1, () => ({}));
    assert.ok(target);
    for (let failures = 0; failures < 8; failures++) guard.ended(target, 'failed', 1000);
    assert.ok(guard.barredMs(target, 1000) > 20_000);
    guard.announced(target);
    assert.equal(guard.barredMs(target, 1000), 5000);
    assert.equal(guard.barredMs(target, 6000), 0);
  });
});
