import assert from 'node:assert/strict';
import type { DownloadPlan } from '../../../../sdk/transfer/download/download-plan.js';
import { draw, pieces } from '../drawing.js';
import { A, B, bySource, C, D, drawn } from './drawn-plan.js';

describe('the endgame of a DownloadPlan', () => {
  describe('the endgame', () => {
    it('asks an idle source for the piece that waits longest, and cancels the slower', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'xx' } });
      const [first, second] = plan.assign(0);
      plan.addSource(B, 5);
      plan.sourceReady(B, pieces('xx'), 5);
      assert.deepEqual(plan.assign(5), [{ source: B, piece: first?.piece }]);
      assert.deepEqual(plan.assign(6), []);
      assert.deepEqual(plan.pieceVerified(B, first?.piece ?? -1, 10), [{ source: A, piece: first?.piece }]);
      assert.deepEqual(plan.assign(10), [{ source: B, piece: second?.piece }]);
    });

    it('asks for a piece three times at once at most', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x', [B]: 'x', [C]: 'x', [D]: 'x' } });
      assert.equal(plan.assign(0).length, 3);
      assert.equal(plan.inFlight, 1);
      assert.deepEqual(plan.assign(1), []);
    });

    it('leaves a source that has others to send to more time before the piece is asked of another', () => {
      const plan = drawn({ ours: '...', sources: { [A]: '.xx', [B]: 'x..', [C]: '...' } });
      for (const { source, piece } of plan.assign(0)) {
        plan.begun(source, piece, 0);
        plan.pieceVerified(source, piece, 100);
      }
      const [next] = plan.assign(100);
      assert.ok(next);
      plan.begun(A, next.piece, 100);
      plan.sourceHas(C, next.piece);
      for (let at = 600; at <= 3000; at += 600) {
        plan.received(A, 90_000, at);
        plan.expire(at);
        assert.deepEqual(plan.assign(at), []);
      }
      plan.expire(3200);
      assert.deepEqual(plan.assign(3200), [{ source: C, piece: next.piece }]);
    });

    /** A has shown that it gives, and is idle; B and others, of one user or of several, hold the last pieces. */
    function held(holders: number): DownloadPlan {
      const last = 'x'.repeat(40);
      const plan = drawn({ ours: `.${'.'.repeat(40)}`, sources: { [A]: `x${last}` } });
      for (const { source, piece } of plan.assign(0)) {
        plan.begun(source, piece, 0);
        plan.pieceVerified(source, piece, 20);
      }
      plan.sourceLost(A, 20);
      for (let id = 10; id < 10 + holders; id++) {
        plan.addSource(id, 20);
        plan.sourceReady(id, pieces(`x${last}`), 20);
        for (const { source, piece } of plan.assign(20)) plan.begun(source, piece, 20);
      }
      plan.addSource(A, 30);
      plan.sourceReady(A, pieces(`x${last}`), 30);
      return plan;
    }

    it('leaves nothing with those who send a byte now and then, however many, once they had a second', () => {
      for (const holders of [10, 20, 40]) {
        const plan = held(holders);
        plan.assign(30);
        for (let at = 30; at < 1200; at += 250) {
          for (let id = 10; id < 10 + holders; id++) plan.received(id, 1, at);
        }
        let at = 1200;
        for (; !plan.isComplete && at < 3000; at += 20) {
          plan.expire(at);
          const asked = bySource(plan.assign(at))[A] ?? [];
          for (const piece of asked) {
            plan.begun(A, piece, at);
            plan.received(A, 524_288, at);
            plan.pieceVerified(A, piece, at);
          }
        }
        assert.ok(plan.isComplete, `${plan.missing} pieces are missing of ${holders} sources`);
      }
    });

    it('has not come while there is something left to ask for', () => {
      const plan = drawn({ ours: '...', sources: { [A]: 'xxx', [B]: 'x..' }, maxPieces: 1 });
      plan.assign(0);
      plan.pieceVerified(B, 0, 1);
      assert.deepEqual(plan.assign(1), []);
    });

    it('does not wait for a piece that nobody has', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'x.', [B]: 'x.' } });
      assert.deepEqual(bySource(plan.assign(0)), { [A]: [0], [B]: [0] });
    });

    it('does not wait for a piece whose only source left', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'x.', [B]: 'x.', [C]: '.x' } });
      plan.sourceLost(C, 0);
      assert.deepEqual(bySource(plan.assign(0)), { [A]: [0], [B]: [0] });
    });

    it('goes on with the other request when one source is lost', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x', [B]: 'x' } });
      plan.assign(0);
      plan.sourceLost(A, 1);
      assert.equal(plan.inFlight, 1);
      assert.deepEqual(plan.assign(1), []);
      plan.sourceLost(B, 2);
      assert.equal(plan.inFlight, 0);
    });
  });

  describe('what comes back', () => {
    it('counts a piece once, whoever sends it again', () => {
      const plan = drawn({ ours: '.', sources: { [A]: 'x', [B]: 'x' } });
      plan.assign(0);
      assert.deepEqual(plan.pieceVerified(A, 0, 1), [{ source: B, piece: 0 }]);
      assert.deepEqual(plan.pieceVerified(B, 0, 2), []);
      assert.ok(plan.isComplete);
      assert.equal(plan.sourceStats(A, 2)?.pieces, 1);
      assert.equal(plan.sourceStats(B, 2)?.pieces, 0);
    });

    it('takes a piece that comes after its source was lost', () => {
      const plan = drawn({ ours: '..', sources: { [A]: 'xx' } });
      plan.assign(0);
      plan.sourceLost(A, 1);
      assert.deepEqual(plan.pieceVerified(A, 0, 2), []);
      assert.equal(draw(plan.verified), 'x.');
    });

    it('gives the pieces of a lost source to another', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      plan.assign(0);
      plan.sourceLost(A, 1);
      plan.addSource(B, 1);
      plan.sourceReady(B, pieces('.xxx'), 1);
      assert.deepEqual(bySource(plan.assign(1)), { [B]: [1, 2, 3] });
    });
  });
});
