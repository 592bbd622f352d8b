import assert from 'node:assert/strict';
import { pieces } from '../drawing.js';
import { A, B, bySource, drawn } from './drawn-plan.js';

describe('the sources of a DownloadPlan', () => {
  describe('a ban', () => {
    it('follows a corrupt piece, gives everything back, and holds', () => {
      const plan = drawn({ ours: '...', sources: { [A]: 'xxx' } });
      plan.assign(0);
      assert.deepEqual(bySource(plan.pieceCorrupt(A, 1, 1)), { [A]: [0, 2] });
      assert.deepEqual(plan.sourceState(A), { name: 'banned', since: 1 });
      assert.equal(plan.inFlight, 0);
      assert.equal(plan.addSource(A, 2), false);
      assert.equal(plan.sourceReady(A, pieces('xxx'), 2), false);
      plan.sourceHas(A, 0);
      plan.sourceLost(A, 3);
      assert.deepEqual(plan.banSource(A, 4), []);
      assert.deepEqual(plan.assign(5), []);
      plan.addSource(B, 6);
      plan.sourceReady(B, pieces('xxx'), 6);
      assert.deepEqual(bySource(plan.assign(6)), { [B]: [0, 1, 2] });
    });

    it('reaches a source that left before its piece was checked', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x' } });
      plan.assign(0);
      plan.sourceLost(A, 1);
      plan.pieceCorrupt(A, 0, 2);
      assert.equal(plan.addSource(A, 3), false);
    });
  });

  describe('a doubt', () => {
    it('takes everything from a source until it is let in again, whatever else of it is checked meanwhile', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      plan.assign(0);
      assert.ok(plan.pieceArrived(A, 0, 1) && plan.pieceArrived(A, 1, 1));
      assert.deepEqual(bySource(plan.pieceDoubted(A, 0, 1)), { [A]: [2, 3] });
      assert.deepEqual(plan.pieceDoubted(A, 1, 2), []);
      assert.equal(plan.inFlight, 0);
      assert.deepEqual(plan.assign(3), []);
      assert.ok(plan.addSource(A, 4) && plan.sourceReady(A, pieces('xxxx'), 4));
      assert.deepEqual(bySource(plan.assign(4)), { [A]: [0, 1, 2, 3] });
    });
  });

  describe('a stall', () => {
    it('is noticed 4 seconds after the last sign in an answer, and takes the requests back', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'xx' } });
      plan.assign(0);
      plan.received(A, 16_384, 1500);
      assert.deepEqual(plan.expire(5499), []);
      assert.deepEqual(bySource(plan.expire(5500)), { [A]: [0, 1] });
      assert.deepEqual(plan.sourceState(A), { name: 'snubbed', since: 5500, until: 7500 });
      assert.deepEqual(plan.assign(5500), []);
    });

    it('is not that a source lets everything wait, until half a minute has passed', () => {
      const plan = drawn({ ours: '...', sources: { [A]: 'xxx' } });
      plan.assign(0);
      plan.received(A, 524_288, 1500);
      plan.pieceVerified(A, 0, 1500);
      assert.deepEqual(plan.expire(31_499), []);
      assert.deepEqual(bySource(plan.expire(31_500)), { [A]: [1, 2] });
    });

    it('is followed by a pause that doubles up to a minute, until a piece comes', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      const pauses: number[] = [];
      let now = 0;
      const stall = (): void => {
        assert.notDeepEqual(plan.assign(now), []);
        now += 30_000;
        plan.expire(now);
        const state = plan.sourceState(A);
        assert.ok(state?.name === 'snubbed');
        pauses.push(state.until - now);
        now = state.until;
        assert.deepEqual(plan.expire(now), []);
      };
      for (let times = 0; times < 7; times++) stall();
      plan.pieceVerified(A, plan.assign(now)[0]?.piece ?? -1, now);
      stall();
      assert.deepEqual(pauses, [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 2000]);
    });

    it('is over when bytes come after all', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x' } });
      plan.assign(0);
      plan.expire(30_000);
      assert.equal(plan.sourceState(A)?.name, 'snubbed');
      plan.received(A, 16_384, 30_100);
      assert.equal(plan.sourceState(A)?.name, 'ready');
      assert.deepEqual(plan.assign(30_100), [{ source: A, piece: 0 }]);
    });

    it('of a source with nothing to do is none', () => {
      const plan = drawn({ ours: 'x', sources: { [A]: 'x' } });
      assert.deepEqual(plan.expire(1e6), []);
      assert.equal(plan.sourceState(A)?.name, 'ready');
    });
  });

  describe('what a source is', () => {
    it('does not stall while what it is asked for is held back', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      plan.assign(0);
      plan.held(A, 3000);
      assert.deepEqual(plan.expire(32_999), []);
      assert.equal(plan.expire(33_000).length, 4);
    });

    it('goes from state to state', () => {
      const plan = drawn({ ours: '.' });
      const names = (): string | undefined => plan.sourceState(A)?.name;
      assert.equal(names(), undefined);
      plan.addSource(A, 0);
      assert.equal(names(), 'connecting');
      plan.sourceReady(A, pieces('x'), 1);
      assert.equal(names(), 'ready');
      plan.sourceLost(A, 2);
      assert.equal(names(), 'gone');
      plan.addSource(A, 3);
      assert.equal(names(), 'connecting');
      plan.sourceLost(A, 4);
      assert.equal(names(), 'gone');
    });

    it('refuses a wrong turn', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x' } });
      assert.throws(() => plan.addSource(A, 0), /is ready, and not gone/);
      assert.throws(() => plan.sourceReady(A, pieces('x'), 0), /is ready, and not connecting/);
      plan.sourceLost(A, 0);
      assert.throws(() => plan.sourceLost(A, 0), /is gone/);
      assert.throws(() => plan.sourceHas(A, 0), /is gone/);
      assert.throws(() => plan.received(B, 1, 0), /no source 2/);
    });

    it('is counted', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'xx' } });
      plan.assign(0);
      plan.received(A, 524_288, 1000);
      plan.pieceVerified(A, 0, 1000);
      const stats = plan.sourceStats(A, 1000);
      assert.ok(stats && stats.bytesPerSecond > 400_000);
      assert.deepEqual(
        { ...stats, bytesPerSecond: 0 },
        {
          state: { name: 'ready', since: 0 },
          inFlight: 1,
          bytesPerSecond: 0,
          bytes: 524_288,
          pieces: 1,
        },
      );
      assert.equal(plan.sourceStats(B, 0), undefined);
    });

    it('fits the file', () => {
      const plan = drawn({ ours: '..' });
      plan.addSource(A, 0);
      assert.throws(() => plan.sourceReady(A, pieces('xxx'), 0), RangeError);
      assert.equal(plan.sourceState(A)?.name, 'connecting');
      plan.sourceReady(A, pieces('xx'), 0);
      assert.throws(() => plan.sourceHas(A, 2), RangeError);
      assert.throws(() => plan.pieceVerified(A, 2, 0), RangeError);
    });
  });
});
