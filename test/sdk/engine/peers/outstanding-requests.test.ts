import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OutstandingRequests } from '../../../../sdk/engine/peers/outstanding-requests.js';
import { FrameError } from '../../../../sdk/protocol/index.js';

describe('pending requests', () => {
  it('takes answers in the order of the requests', () => {
    const pending = new OutstandingRequests();
    for (const piece of [3, 1, 2]) pending.add(1, piece);
    for (const piece of [3, 1, 2]) assert.equal(pending.answerBegins(1, piece), true);
    assert.equal(pending.size, 0);
  });

  it('refuses an answer that nobody asked for, or that overtakes another', () => {
    const pending = new OutstandingRequests();
    pending.add(1, 5);
    pending.add(1, 6);
    assert.throws(() => pending.answerBegins(1, 7), FrameError);
    assert.throws(() => pending.answerBegins(2, 5), FrameError);
    assert.throws(() => pending.answerBegins(1, 6), FrameError);
  });

  it('passes over what was cancelled, answered or not', () => {
    const pending = new OutstandingRequests();
    for (const piece of [1, 2, 3]) pending.add(1, piece);
    assert.equal(pending.cancel(1, 1), true);
    assert.equal(pending.cancel(1, 2), true);
    assert.equal(pending.cancel(1, 2), false, 'it is cancelled already');
    assert.equal(pending.answerBegins(1, 1), false, 'it was on its way');
    assert.equal(pending.answerBegins(1, 3), true, 'the second never comes');
    assert.equal(pending.size, 0);
  });

  it('knows a piece that was asked for, cancelled and asked for again, whether it comes once or twice', () => {
    for (const times of [1, 2]) {
      const pending = new OutstandingRequests();
      pending.add(1, 9);
      pending.cancel(1, 9);
      pending.add(1, 9);
      pending.add(1, 10);
      assert.equal(pending.answerBegins(1, 9), true);
      if (times === 2) assert.equal(pending.answerBegins(1, 9), false);
      assert.equal(pending.answerBegins(1, 10), true);
      assert.equal(pending.size, 0);
    }
  });

  it('takes an answer for the first of two requests for a piece when something else was asked for between them', () => {
    const pending = new OutstandingRequests();
    pending.add(1, 7);
    pending.cancel(1, 7);
    pending.add(1, 8);
    pending.add(1, 7);
    assert.equal(pending.answerBegins(1, 7), false);
    assert.equal(pending.answerBegins(1, 8), true);
    assert.equal(pending.answerBegins(1, 7), true);
    assert.equal(pending.size, 0);
  });

  it('follows any honest server: every wanted answer is taken once', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const), piece: fc.nat(5) }),
      fc.record({ kind: fc.constant('cancel' as const), piece: fc.nat(5) }),
      fc.record({ kind: fc.constant('answer' as const), heedsCancel: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pending = new OutstandingRequests();
        const server: { piece: number; cancelled: boolean }[] = [];
        const wanted = new Set<number>();
        for (const one of steps) {
          if (one.kind === 'ask' && !wanted.has(one.piece)) {
            wanted.add(one.piece);
            pending.add(1, one.piece);
            server.push({ piece: one.piece, cancelled: false });
          } else if (one.kind === 'cancel' && wanted.delete(one.piece)) {
            pending.cancel(1, one.piece);
            for (const asked of server) if (asked.piece === one.piece) asked.cancelled = true;
          } else if (one.kind === 'answer') {
            const next = server.shift();
            if (!next || (next.cancelled && one.heedsCancel)) continue;
            if (pending.answerBegins(1, next.piece)) assert.ok(wanted.delete(next.piece));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
