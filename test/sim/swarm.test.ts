import assert from 'node:assert/strict';
import { costOfHostage, drawHostage, HOLDS, type Hold } from './hostage.js';
import { runHostile } from './hostile.js';
import { SCENARIOS, type ScenarioSize } from './scenarios.js';
import { kindOf, lowerBoundMs, runSwarm, type SwarmPlan, type SwarmResult } from './swarm.js';

/** Times are simulated: a seed gives the same times on every machine. */
describe('a simulated swarm', () => {
  function planOf(name: string, size: ScenarioSize): SwarmPlan {
    const scenario = SCENARIOS[name];
    assert.ok(scenario);
    return scenario.plan(size);
  }

  function ratio({ lastMs, boundMs }: SwarmResult): number {
    return lastMs / boundMs;
  }

  for (const [name, size, most] of [
    ['equal', { peers: 30, pieceCount: 256, seed: 1 }, 1.25],
    ['symmetric', { peers: 20, pieceCount: 128, seed: 2 }, 1.5],
    ['unequal', { peers: 20, pieceCount: 96, seed: 3 }, 2],
    ['eight', { peers: 8, pieceCount: 128, seed: 4 }, 1.2],
  ] as const) {
    it(`brings everyone the file: ${name}, within ${most} times the bound`, async () => {
      const result = await runSwarm(planOf(name, size));
      assert.equal(result.unfinished, 0);
      assert.equal(result.doneMs.length, size.peers);
      assert.ok(ratio(result) >= 1, 'no swarm is faster than the bound');
      assert.ok(ratio(result) < most, `${ratio(result)}`);
    });
  }

  it('takes as long on the connections that ship as on the model of them: eight peers', async () => {
    const plan = planOf('eight', { peers: 8, pieceCount: 64, seed: 9 });
    const [connected, modelled] = [await runSwarm(plan, 'connected'), await runSwarm(plan, 'modelled')];
    assert.equal(kindOf(plan), 'connected');
    for (const { unfinished } of [connected, modelled]) assert.equal(unfinished, 0);
    const off = Math.abs(ratio(connected) - ratio(modelled));
    assert.ok(off < 0.05, `${ratio(connected)} connected, ${ratio(modelled)} modelled`);
  });

  it('brings everyone who stays the file, on the connections that ship, while others go', async () => {
    const churn = await runSwarm(planOf('churn', { peers: 10, pieceCount: 32, seed: 5 }));
    assert.equal(churn.unfinished, 0);
    assert.ok(churn.doneMs.length >= 5);
    const left = await runSwarm(planOf('leave', { peers: 8, pieceCount: 128, seed: 8 }));
    assert.equal(left.unfinished, 0);
    assert.ok(left.seederCopies < 1.06);
  });

  it('brings everyone who stays the file while others go, and while others come', async () => {
    const churn = await runSwarm(planOf('churn', { peers: 24, pieceCount: 64, seed: 5 }));
    assert.equal(churn.unfinished, 0);
    assert.ok(churn.doneMs.length >= 12);
    const flash = await runSwarm(planOf('flash', { peers: 30, pieceCount: 64, seed: 6 }));
    assert.equal(flash.unfinished, 0);
  });

  it('starves nobody: on equal lines the last is done soon after the first', async () => {
    const { doneMs } = await runSwarm(planOf('equal', { peers: 30, pieceCount: 128, seed: 7 }));
    assert.ok((doneMs.at(-1) ?? NaN) < 1.25 * (doneMs[0] ?? NaN), `${doneMs[0]} to ${doneMs.at(-1)}`);
  });

  it('has the whole file once the seeder has sent 1.05 copies, and loses it without the spreading of the first', async () => {
    const plan = planOf('leave', { peers: 20, pieceCount: 256, seed: 8 });
    const result = await runSwarm(plan);
    assert.equal(result.unfinished, 0);
    assert.ok(result.seederCopies < 1.06);
    const plain = await runSwarm({ ...plan, policy: { spread: false, slots: Infinity, turnBytes: 128 * 1024 } });
    assert.equal(plain.unfinished, 20);
  });

  it('is the same for the same seed, and another for another', async () => {
    const once = (seed: number) => runSwarm(planOf('unequal', { peers: 6, pieceCount: 16, seed }));
    const [first, again, other] = [await once(1), await once(1), await once(2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first.doneMs, other.doneMs);
  });

  it('knows the bound: the seeder, the slowest, or all together', () => {
    const line = (up: number, down: number) => ({ upBytesPerSecond: up, downBytesPerSecond: down, latencyMs: 1 });
    const members = (up: number, down: number) => [0, 1, 2].map(() => ({ line: line(up, down), joinMs: 0 }));
    assert.equal(lowerBoundMs(600, line(100, 100), members(500, 500)), 6000);
    assert.equal(lowerBoundMs(600, line(1000, 1000), members(500, 50)), 12_000);
    assert.equal(lowerBoundMs(600, line(300, 300), members(20, 500)), 5000);
  });
});

describe('a download from hostile sources', () => {
  it('takes no wrong byte, bans no honest source, and is complete in the end, in 300 runs', () => {
    let banned = 0;
    for (let seed = 0; seed < 300; seed++) {
      const result = runHostile(seed);
      assert.deepEqual(
        { isComplete: result.isComplete, wrong: result.wrongPieces, honestBanned: result.honestBanned },
        { isComplete: true, wrong: 0, honestBanned: 0 },
        `seed ${seed}`,
      );
      banned += result.banned;
    }
    assert.ok(banned > 100, 'there was something to ban');
  });
});

describe('a download held by slow sources', () => {
  const MANY = { pieceCount: 96, honestBytesPerSecond: 20e6, latencyMs: 10, seed: 1 };
  const devices = (count: number, hold: Hold) => Array.from({ length: count }, () => hold);

  for (const hold of HOLDS) {
    it(`loses seven simulated seconds at most where each ${hold}, be they 1 or 49, of a large file or a small one`, () => {
      for (const count of [1, 6, 20, 49]) {
        for (const pieceCount of [2, MANY.pieceCount]) {
          for (const arePartial of [false, true]) {
            const holders = devices(count, hold);
            const costMs = costOfHostage({ ...MANY, pieceCount, holders, ofOneMember: true, arePartial });
            assert.ok(costMs < 7000, `${costMs} ms: ${count}, ${pieceCount} pieces, partial ${arePartial}`);
          }
        }
      }
    });
  }

  it('comes through in a bounded time whoever holds it, drawn 60 times', () => {
    for (let seed = 0; seed < 60; seed++) {
      const costMs = costOfHostage(drawHostage(seed));
      assert.ok(costMs < 8000, `seed ${seed}: ${costMs} ms`);
    }
  });
});
