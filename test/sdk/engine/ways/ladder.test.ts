import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isAllowed,
  type LadderView,
  nextStep,
  upgradeAfterMs,
  WAYS,
  type Way,
  type WayState,
} from '../../../../sdk/engine/ways/ladder.js';

const state = fc.constantFrom<WayState>('untried', 'trying', 'failed');
const view: fc.Arbitrary<LadderView> = fc.record({
  connect: fc.constantFrom('auto', 'direct', 'relay'),
  meets: fc.boolean(),
  isBehind: fc.boolean(),
  states: fc.record({ direct: state, back: state, punch: state, relay: state }),
  elapsedMs: fc.integer({ min: 0, max: 20_000 }),
});

const FRESH: LadderView = {
  connect: 'auto',
  meets: true,
  isBehind: false,
  states: { direct: 'untried', back: 'untried', punch: 'untried', relay: 'untried' },
  elapsedMs: 0,
};

/** Climbs the ladder; `fails` says how long each way takes to fail. Returns when each way began. */
function climb(
  from: LadderView,
  fails: Readonly<Record<Way, number>>,
): { begun: Partial<Record<Way, number>>; overMs: number } {
  const begun: Partial<Record<Way, number>> = {};
  const states: Record<Way, WayState> = { ...from.states };
  let elapsedMs = 0;
  for (;;) {
    const step = nextStep({ ...from, states, elapsedMs });
    if (step.isOver) return { begun, overMs: elapsedMs };
    for (const way of step.start) {
      begun[way] = elapsedMs;
      states[way] = 'trying';
    }
    const ends = WAYS.filter((way) => states[way] === 'trying').map((way) => (begun[way] ?? 0) + fails[way]);
    const nextMs = Math.min(...ends, step.againMs ?? Infinity);
    assert.ok(nextMs >= elapsedMs && nextMs < Infinity, 'something is always awaited');
    elapsedMs = nextMs;
    for (const way of WAYS)
      if (states[way] === 'trying' && (begun[way] ?? 0) + fails[way] <= elapsedMs) states[way] = 'failed';
  }
}

describe('the ladder of ways to a peer', () => {
  it('begins no way that is not allowed, and none twice', () => {
    fc.assert(
      fc.property(view, (one) => {
        for (const way of nextStep(one).start)
          assert.ok(one.states[way] === 'untried' && isAllowed(way, one.connect, one.meets), way);
      }),
    );
  });

  it('always waits for something until every allowed way has failed', () => {
    fc.assert(
      fc.property(view, (one) => {
        const { start, againMs, isOver } = nextStep(one);
        const open = WAYS.filter((way) => isAllowed(way, one.connect, one.meets) && one.states[way] !== 'failed');
        const isTrying = open.some((way) => one.states[way] === 'trying');
        assert.equal(isOver, open.length === 0);
        assert.ok(isOver || isTrying || start.length > 0 || againMs !== undefined);
        assert.ok(againMs === undefined || againMs > one.elapsedMs);
      }),
    );
  });

  it('tries every allowed way once, whatever fails when, and ends', () => {
    const delay = fc.integer({ min: 0, max: 12_000 });
    const fails = fc.record({ direct: delay, back: delay, punch: delay, relay: delay });
    fc.assert(
      fc.property(view, fails, (one, times) => {
        const from = { ...one, states: FRESH.states };
        const { begun } = climb(from, times);
        const allowed = WAYS.filter((way) => isAllowed(way, one.connect, one.meets));
        assert.deepEqual(Object.keys(begun).sort(), [...allowed].sort());
        for (const way of allowed) assert.ok((begun[way] ?? Infinity) <= 4000, `${way} begins in time`);
      }),
    );
  });

  it('asks a peer behind a router to call back at once, and the relay only after that', () => {
    const behind = { ...FRESH, isBehind: true };
    const slow = 10_000;
    assert.deepEqual(nextStep(behind).start, ['direct', 'back']);
    assert.deepEqual(climb(behind, { direct: slow, back: slow, punch: slow, relay: slow }).begun, {
      ...{ direct: 0, back: 0, punch: 1000, relay: 4000 },
    });
    assert.equal(climb(behind, { direct: 300, back: 500, punch: 200, relay: 1 }).begun.relay, 700);
  });

  it('dials at the same time as the peer as soon as nobody can call back', () => {
    const slow = 10_000;
    const behind = { ...FRESH, isBehind: true };
    assert.equal(climb(behind, { direct: slow, back: 30, punch: slow, relay: 1 }).begun.punch, 30);
    assert.equal(climb(FRESH, { direct: slow, back: slow, punch: slow, relay: 1 }).begun.punch, 2000);
    const unable = { ...FRESH.states, punch: 'failed' } as const;
    assert.equal(climb({ ...behind, states: unable }, { direct: 10, back: 30, punch: 0, relay: 1 }).begun.relay, 30);
  });

  it('uses the relay early if the peer cannot be dialled and there is no meeting', () => {
    const slow = { direct: 10_000, back: 20, punch: 40, relay: 1 };
    assert.equal(climb({ ...FRESH, isBehind: true }, slow).begun.relay, 1000);
    assert.equal(climb(FRESH, slow).begun.relay, 4000, 'it may be slow to answer');
    assert.equal(climb({ ...FRESH, isBehind: true }, { ...slow, direct: 300 }).begun.relay, 300);
  });

  it('dials a peer alone at first', () => {
    assert.deepEqual(nextStep(FRESH), { start: ['direct'], againMs: 1000, isOver: false });
    assert.deepEqual(climb(FRESH, { direct: 200, back: 300, punch: 50, relay: 100 }).begun, {
      ...{ direct: 0, back: 200, punch: 500, relay: 550 },
    });
  });

  it('uses the relay alone where nothing else is allowed, and none where it is not', () => {
    assert.deepEqual(nextStep({ ...FRESH, connect: 'relay' }).start, ['relay']);
    assert.equal(
      climb({ ...FRESH, connect: 'direct' }, { direct: 1, back: 1, punch: 1, relay: 1 }).begun.relay,
      undefined,
    );
    assert.ok(nextStep({ ...FRESH, connect: 'relay', meets: false }).isOver);
  });

  it('looks for another way than the relay ever more seldom', () => {
    assert.deepEqual([0, 1, 2, 3].map(upgradeAfterMs), [60_000, 300_000, 900_000, 900_000]);
  });
});
