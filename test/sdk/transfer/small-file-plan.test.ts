import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SmallFilePlan } from '../../../sdk/transfer/small-file-plan.js';
import { drawn, seeded } from '../../support/seeded.js';

const MAX_BYTES = 8 * 1024 * 1024;

describe('a batch plan', () => {
  const asks = (plan: SmallFilePlan, nowMs = 0) => plan.assign(nowMs).map(({ source, file }) => `${file} of ${source}`);

  it('asks for many at once, spread over those who have them', () => {
    const plan = new SmallFilePlan(seeded(1));
    for (let file = 0; file < 90; file++) plan.want(file, 4096, file < 30 ? [0] : [0, 1, 2]);
    const asked = plan.assign(0);
    assert.equal(asked.length, 90);
    assert.equal(new Set(asked.map(({ file }) => file)).size, 90);
    for (const source of [0, 1, 2]) assert.ok(plan.askedOf(source) >= 25 && plan.askedOf(source) <= 40);
  });

  it('asks more of a source the more it gives, and few large files at once', () => {
    const plan = new SmallFilePlan(seeded(1));
    for (let file = 0; file < 2000; file++) plan.want(file, 10, [0]);
    const first = plan.assign(0);
    assert.equal(first.length, 64);
    for (const { file } of first) plan.received(file, 1);
    assert.equal(plan.assign(1).length, 128);
    const large = new SmallFilePlan(seeded(1));
    for (let file = 0; file < 100; file++) large.want(file, 512 * 1024, [0]);
    assert.equal(large.assign(0).length, 16);
  });

  it('asks others when a source does not have a file, and gives back what nobody has', () => {
    const plan = new SmallFilePlan(() => 0);
    plan.want(1, 10, [7, 8]);
    plan.want(2, 10, []);
    assert.deepEqual(plan.takeStrays(), [2]);
    assert.deepEqual(asks(plan), ['1 of 7']);
    plan.refused(7, 1);
    assert.deepEqual(asks(plan), ['1 of 8']);
    plan.refused(8, 1);
    assert.deepEqual(plan.takeStrays(), [1]);
    assert.deepEqual([plan.size, plan.takeStrays()], [0, []]);
  });

  it('takes back what a source owes when another would bring it, whatever bytes it sends, and gives it up when it is silent for long', () => {
    const plan = new SmallFilePlan(() => 0);
    plan.want(1, 1000, [7, 8]);
    plan.want(2, 1000, [7]);
    assert.deepEqual(asks(plan), ['1 of 7', '2 of 7']);
    for (let nowMs = 250; nowMs <= 2000; nowMs += 250) {
      plan.heard(7, 1, nowMs);
      assert.deepEqual(plan.expire(nowMs), { withdrawn: [], dead: [] });
    }
    assert.deepEqual(plan.expire(2250), { withdrawn: [{ source: 7, file: 1 }], dead: [] });
    assert.deepEqual(asks(plan, 2250), ['1 of 8']);
    assert.deepEqual(plan.expire(32_251).dead, [7, 8]);
    assert.deepEqual(plan.drop(7), [2]);
    assert.deepEqual(plan.takeStrays(), [2]);
  });

  /** How long a folder takes in which one source gives a file each few milliseconds, and others hold what they are asked for. */
  function tookMs(files: number, holders: number, trickles: boolean, seed: number): number {
    const plan = new SmallFilePlan(seeded(seed));
    const all = Array.from({ length: holders + 1 }, (_, source) => source);
    const asked: number[] = [];
    for (let file = 0; file < files; file++) plan.want(file, 20_000, all);
    const turn = (nowMs: number) => {
      for (const { source, file } of plan.assign(nowMs)) if (source === holders) asked.push(file);
    };
    let nowMs = 0;
    turn(0);
    for (; plan.size > 0 && nowMs < 600_000; nowMs += 5) {
      const file = asked.shift();
      if (file !== undefined) {
        plan.heard(holders, 20_000, nowMs);
        plan.received(file, nowMs);
        turn(nowMs);
      }
      if (nowMs % 250 > 0) continue;
      for (const source of all)
        if (trickles && plan.askedOf(source) > 0 && source < holders) plan.heard(source, 1, nowMs);
      for (const source of plan.expire(nowMs).dead) plan.drop(source);
      turn(nowMs);
    }
    return nowMs;
  }

  it('loses a few seconds at most to sources that hold what they are asked for, be they one or seven, and however many files', () => {
    for (const files of [1, 3, 20, 400]) {
      const aloneMs = tookMs(files, 0, false, files);
      for (const holders of [1, 3, 7]) {
        for (const trickles of [false, true]) {
          const lostMs = tookMs(files, holders, trickles, holders) - aloneMs;
          assert.ok(lostMs < 6000, `${lostMs} ms: ${files} files, ${holders} sources, ${trickles}`);
        }
      }
    }
  });

  it('asks each file of one source at a time that may be asked, within bounds, and loses none', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 120 }),
        (seed, sources, files) => {
          const random = seeded(seed);
          const plan = new SmallFilePlan(random);
          const holders = new Map<number, Set<number>>();
          const asked = new Map<number, number>();
          const ended = new Set<number>();
          const sizes = Array.from({ length: files }, () => drawn(random, 600_000));
          let nowMs = 0;
          const ends = (file: number) => {
            assert.ok(!ended.has(file), 'ends once');
            ended.add(file);
            asked.delete(file);
          };
          const loses = (source: number, file: number) => {
            if (asked.get(file) === source) asked.delete(file);
            holders.get(file)?.delete(source);
          };
          const turn = () => {
            for (const { source, file } of plan.assign(nowMs)) {
              assert.ok(!asked.has(file) && !ended.has(file) && holders.get(file)?.has(source));
              asked.set(file, source);
            }
            for (const file of plan.takeStrays()) {
              assert.equal(holders.get(file)?.size, 0);
              ends(file);
            }
            for (let source = 0; source < sources; source++) {
              const owed = [...asked].filter(([, of]) => of === source).map(([file]) => sizes[file] ?? 0);
              assert.equal(plan.askedOf(source), owed.length);
              assert.ok(owed.length <= 1 || owed.reduce((sum, bytes) => sum + bytes, 0) <= MAX_BYTES);
            }
          };
          for (let file = 0; file < files; file++) {
            const has = new Set(Array.from({ length: sources }, (_, source) => source).filter(() => random() < 0.7));
            holders.set(file, new Set(has));
            plan.want(file, sizes[file] ?? 0, has);
            if (random() < 0.1) turn();
          }
          for (let step = 0; ended.size < files && step < 2000; step++) {
            turn();
            nowMs += drawn(random, 4000);
            const [file, source] = [...asked][drawn(random, asked.size)] ?? [];
            const what = random();
            if (file === undefined || source === undefined) continue;
            if (what < 0.7) {
              plan.heard(source, sizes[file] ?? 0, nowMs);
              plan.received(file, nowMs);
              ends(file);
            } else if (what < 0.8) {
              plan.refused(source, file);
              loses(source, file);
            } else if (what < 0.85) {
              assert.deepEqual(
                new Set(plan.drop(source)),
                new Set([...asked].filter(([, of]) => of === source).map(([one]) => one)),
              );
              for (const one of holders.keys()) loses(source, one);
            } else if (what < 0.9) {
              plan.forget(file);
              ends(file);
            } else {
              const { withdrawn, dead } = plan.expire(nowMs);
              for (const { source: of, file: one } of withdrawn) if (asked.get(one) === of) asked.delete(one);
              for (const one of dead) {
                plan.drop(one);
                for (const of of holders.keys()) loses(one, of);
              }
            }
          }
          assert.equal(ended.size, files);
          assert.equal(plan.size, 0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
