import assert from 'node:assert/strict';
import { DownloadPlan } from '../../../../sdk/transfer/download/download-plan.js';
import type { Assignment } from '../../../../sdk/transfer/download/plan-messages.js';
import { seeded } from '../../../support/seeded.js';
import { draw, pieces } from '../drawing.js';

const A = 1;
const B = 2;
const C = 3;
const D = 4;

interface Drawn {
  /** What is verified when it begins; its length is the file's. */
  readonly ours: string;
  /** What each ready source has, by id. */
  readonly sources?: Readonly<Record<number, string>>;
  readonly maxPieces?: number;
}

function drawn({ ours, sources = {}, maxPieces = 64 }: Drawn): DownloadPlan {
  const plan = new DownloadPlan({
    pieceCount: ours.length,
    pieceBytes: 524_288,
    verified: pieces(ours),
    random: seeded(3),
    limits: { maxPieces, initialPieces: Math.min(4, maxPieces) },
  });
  for (const [id, has] of Object.entries(sources)) {
    plan.addSource(Number(id), 0);
    plan.sourceReady(Number(id), pieces(has), 0);
  }
  return plan;
}

/** The pieces asked of each source, sorted. */
function bySource(assignments: readonly Assignment[]): Record<number, number[]> {
  const asked: Record<number, number[]> = {};
  for (const { source, piece } of assignments) asked[source] = [...(asked[source] ?? []), piece];
  for (const list of Object.values(asked)) list.sort((a, b) => a - b);
  return asked;
}

function counts(assignments: readonly Assignment[]): Record<number, number> {
  return Object.fromEntries(Object.entries(bySource(assignments)).map(([id, list]) => [id, list.length]));
}

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

  it('is complete from the start when nothing is missing', () => {
    const plan = drawn({ ours: 'xx', sources: { [A]: 'xx' } });
    assert.ok(plan.isComplete);
    assert.deepEqual(plan.assign(0), []);
    assert.ok(drawn({ ours: '' }).isComplete);
  });
});
