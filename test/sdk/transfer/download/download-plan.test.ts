import assert from 'node:assert/strict';
import type { Assignment } from '../../../../sdk/transfer/download/plan-messages.js';
import { pieces } from '../drawing.js';
import { A, B, bySource, C, counts, drawn } from './drawn-plan.js';

describe('DownloadPlan', () => {
  describe('assigning', () => {
    it('keeps to the bounds of a limited rate: so many of each, and none of two', () => {
      const plan = drawn({ ours: '.....', sources: { [A]: 'xxxxx', [B]: 'xxxxx' } });
      const bounds = { maxPieces: 2, duplicates: false };
      assert.deepEqual(counts(plan.assign(0, bounds)), { [A]: 2, [B]: 2 });
      const single = drawn({ ours: '.', sources: { [A]: 'x', [B]: 'x' } });
      assert.equal(single.assign(0, bounds).length, 1);
      assert.deepEqual(single.assign(0, bounds), []);
      assert.equal(single.assign(0).length, 1, 'without a limit the other is asked for the same');
    });

    it('asks each source for what it has and we have not', () => {
      const plan = drawn({ ours: 'x.....', sources: { [A]: 'xxx...', [B]: '....xx' } });
      assert.deepEqual(bySource(plan.assign(0)), { [A]: [1, 2], [B]: [4, 5] });
      assert.equal(plan.missing, 5);
      assert.equal(plan.inFlight, 4);
      assert.deepEqual(plan.assign(0), []);
    });

    it('asks nothing of a source that is still connecting', () => {
      const plan = drawn({ ours: '....' });
      plan.addSource(A, 0);
      assert.deepEqual(plan.assign(0), []);
    });

    it('fills the first window of each, in turn', () => {
      const all = 'x'.repeat(100);
      const plan = drawn({ ours: '.'.repeat(100), sources: { [A]: all, [B]: all, [C]: all } });
      const assignments = plan.assign(0);
      assert.deepEqual(counts(assignments), { [A]: 4, [B]: 4, [C]: 4 });
      assert.equal(new Set(assignments.slice(0, 3).map(({ source }) => source)).size, 3);
    });

    it('leaves work for the others when little is missing', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx', [B]: 'xxxx' } });
      assert.deepEqual(counts(plan.assign(0)), { [A]: 2, [B]: 2 });
    });

    it('leaves work for a source that is still connecting', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      plan.addSource(B, 0);
      assert.deepEqual(counts(plan.assign(0)), { [A]: 2 });
      plan.sourceReady(B, pieces('xxxx'), 10);
      assert.deepEqual(counts(plan.assign(10)), { [B]: 2 });
    });

    it('leaves nothing for sources that have nothing to give', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx', [B]: '....' } });
      assert.deepEqual(counts(plan.assign(0)), { [A]: 4 });
    });

    it('asks little in advance where several sources have others to send to', () => {
      const [all, most] = ['x'.repeat(100), `${'x'.repeat(99)}.`];
      const plan = drawn({ ours: '.'.repeat(100), sources: { [A]: all, [B]: all, [C]: most } });
      assert.deepEqual(counts(plan.assign(0)), { [A]: 1, [B]: 1, [C]: 1 });
      plan.sourceHas(C, 99); // and nobody downloads any more
      plan.sourceLost(B, 1);
      assert.deepEqual(counts(plan.assign(1)), { [A]: 3, [C]: 3 });
    });

    it('divides anew when a source turns out to have nothing to give', () => {
      const plan = drawn({ ours: '....', sources: { [A]: 'xxxx' } });
      plan.addSource(B, 0);
      plan.assign(0);
      plan.sourceReady(B, pieces('....'), 10);
      assert.deepEqual(counts(plan.assign(10)), { [A]: 2 });
    });

    it('asks for what a source gains', () => {
      const plan = drawn({ ours: '..', sources: { [A]: '..' } });
      assert.deepEqual(plan.assign(0), []);
      plan.sourceHas(A, 1);
      plan.sourceHas(A, 1);
      assert.deepEqual(plan.assign(0), [{ source: A, piece: 1 }]);
    });

    it('keeps a copy of what a source has', () => {
      const plan = drawn({ ours: '..' });
      const has = pieces('x.');
      plan.addSource(A, 0);
      plan.sourceReady(A, has, 0);
      has.fill();
      assert.deepEqual(plan.assign(0), [{ source: A, piece: 0 }]);
    });
  });

  describe('what is urgent', () => {
    const FILE = '.'.repeat(200);
    const ALL = 'x'.repeat(200);
    const order = (assignments: readonly Assignment[]) => assignments.map(({ piece }) => piece);

    it('comes first, in order, and what is rarest after it', () => {
      const others = 'xxxx.xxxx';
      const plan = drawn({ ours: '.........', sources: { [A]: 'xxxxxxxxx', [B]: others, [C]: others } });
      plan.setUrgent([{ first: 6, end: 8 }]);
      const asked = plan.assign(0);
      assert.deepEqual(order(asked).slice(0, 2), [6, 7]);
      assert.ok(bySource(asked)[A]?.includes(4));
    });

    it('is the first of every reader, then the second of every reader, each piece once', () => {
      const plan = drawn({ ours: FILE, sources: { [A]: ALL, [B]: ALL } });
      plan.setUrgent([
        { first: 100, end: 103 },
        { first: 50, end: 60 },
        { first: 101, end: 102 },
      ]);
      assert.deepEqual(order(plan.assign(0)), [100, 50, 101, 51, 102, 52, 53, 54]);
    });

    it('is what was said last', () => {
      const plan = drawn({ ours: FILE, sources: { [A]: ALL } });
      plan.setUrgent([{ first: 100, end: 110 }]);
      plan.setUrgent([{ first: 7, end: 9 }]);
      const asked = bySource(plan.assign(0))[A] ?? [];
      assert.deepEqual(
        [7, 8, 100].filter((piece) => asked.includes(piece)),
        [7, 8],
      );
    });

    it('lies in the file', () => {
      const plan = drawn({ ours: FILE });
      for (const range of [
        { first: 199, end: 201 },
        { first: 5, end: 4 },
        { first: -1, end: 4 },
      ]) {
        assert.throws(() => plan.setUrgent([range]), RangeError);
      }
    });

    it('passes over what is there, and leaves to another source what one has not', () => {
      const plan = drawn({ ours: 'x.....', sources: { [A]: 'xx..xx', [B]: 'x.xx..' } });
      plan.setUrgent([{ first: 0, end: 4 }]);
      assert.deepEqual(bySource(plan.assign(0)), { [A]: [1, 4, 5], [B]: [2, 3] });
    });

    /** A is asked for the first four pieces and gives nothing; B, which has them or not, gives one each 100 ms. */
    function untilAskedAgain(has: string): { at: number; asked: Assignment | undefined } {
      const plan = drawn({ ours: FILE, sources: { [A]: ALL } });
      plan.setUrgent([{ first: 0, end: 4 }]);
      plan.assign(0);
      plan.addSource(B, 0);
      plan.sourceReady(B, pieces(has), 0);
      const asked = order(plan.assign(0));
      for (let at = 100; at < 4000; at += 100) {
        const piece = asked.shift() ?? -1;
        plan.received(B, 524_288, at);
        plan.pieceVerified(B, piece, at);
        const more = plan.assign(at);
        const again = more.find((one) => one.piece < 4);
        if (again) return { at, asked: again };
        asked.push(...order(more));
      }
      return { at: 4000, asked: undefined };
    }

    it('is asked of a faster source as well when it is late, after a second', () => {
      assert.deepEqual(untilAskedAgain(ALL), { at: 1000, asked: { source: B, piece: 0 } });
    });

    it('is not asked of a source that has it not, however late', () => {
      assert.equal(untilAskedAgain(`....${'x'.repeat(196)}`).asked, undefined);
    });

    it('stays with its source when another would not be faster', () => {
      const plan = drawn({ ours: FILE, sources: { [A]: ALL } });
      plan.setUrgent([{ first: 0, end: 4 }]);
      plan.assign(0);
      plan.addSource(B, 0);
      plan.sourceReady(B, pieces(ALL), 0);
      plan.assign(0);
      for (let at = 100; at <= 3900; at += 100) {
        plan.received(A, 30_000, at);
        plan.received(B, 30_000, at);
        assert.deepEqual(plan.assign(at), []);
      }
    });
  });

  describe('in the file’s order', () => {
    it('asks for the next pieces of each source, from the front', () => {
      const plan = drawn({ ours: `xx${'.'.repeat(298)}`, sources: { [A]: 'x'.repeat(300) } });
      plan.setSequential(true);
      assert.deepEqual(
        plan.assign(0).map(({ piece }) => piece),
        [2, 3, 4, 5],
      );
    });

    it('asks for what is rarest of a source that has nothing near the front', () => {
      const tail = `${'.'.repeat(200)}${'x'.repeat(100)}`;
      const plan = drawn({ ours: '.'.repeat(300), sources: { [A]: tail, [B]: tail.replace('x', '.') } });
      plan.setSequential(true);
      assert.ok(bySource(plan.assign(0))[A]?.includes(200));
    });

    it('asks for what is urgent before', () => {
      const plan = drawn({ ours: '.'.repeat(300), sources: { [A]: 'x'.repeat(300) } });
      plan.setSequential(true);
      plan.setUrgent([{ first: 250, end: 252 }]);
      assert.deepEqual(bySource(plan.assign(0)), { [A]: [0, 1, 250, 251] });
    });

    it('until it is told otherwise', () => {
      const other = 'x'.padEnd(300, '.'); // who downloads too
      const plan = drawn({ ours: '.'.repeat(300), sources: { [A]: 'x'.repeat(300), [B]: other } });
      plan.setSequential(true);
      plan.setSequential(false);
      assert.notDeepEqual(bySource(plan.assign(0))[A], [0, 1, 2, 3]);
    });
  });

  it('is complete from the start when nothing is missing', () => {
    const plan = drawn({ ours: 'xx', sources: { [A]: 'xx' } });
    assert.ok(plan.isComplete);
    assert.deepEqual(plan.assign(0), []);
    assert.ok(drawn({ ours: '' }).isComplete);
  });
});
