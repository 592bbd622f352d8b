import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceChoice } from '../../../sdk/transfer/source-choice.js';
import { seeded } from '../../support/seeded.js';

describe('SourceChoice', () => {
  it('chooses all where there are few', () => {
    const choice = new SourceChoice<string>({ limit: 2, random: seeded(1) });
    assert.deepEqual(choice.came('ann'), { connect: 'ann', drop: undefined });
    assert.deepEqual(choice.came('ann'), { connect: undefined, drop: undefined });
    assert.deepEqual(choice.came('bob'), { connect: 'bob', drop: undefined });
    assert.equal(choice.went('ann'), undefined);
    assert.ok(!choice.has('ann') && choice.has('bob'));
    assert.throws(() => new SourceChoice({ limit: 0, random: seeded(1) }), RangeError);
  });

  it('keeps as many as may be of those that are there, whoever comes, fails and goes', () => {
    const step = fc.record({ what: fc.constantFrom('came', 'came', 'went', 'swap'), id: fc.nat(15) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 80 }),
        fc.integer(),
        (limit, steps, seed) => {
          const choice = new SourceChoice<number>({ limit, random: seeded(seed) });
          const there = new Set<number>();
          const connected = new Set<number>();
          const connect = (id: number | undefined): void => {
            if (id === undefined) return;
            assert.ok(!connected.has(id) && there.has(id));
            connected.add(id);
          };
          for (const { what, id } of steps) {
            if (what === 'came') {
              there.add(id);
              const change = choice.came(id);
              if (change.drop !== undefined) assert.ok(connected.delete(change.drop));
              connect(change.connect);
            } else if (what === 'went') {
              there.delete(id);
              connected.delete(id);
              connect(choice.went(id));
            } else {
              const next = choice.swap(id);
              if (next !== undefined) assert.ok(connected.delete(id));
              connect(next);
            }
            assert.equal(connected.size, Math.min(limit, there.size));
            for (const one of there) assert.equal(choice.has(one), connected.has(one));
          }
        },
      ),
    );
  });

  it('is as likely to choose the last to come as the first', () => {
    const chosen = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const choice = new SourceChoice<number>({ limit: 10, random: seeded(seed) });
      for (let id = 0; id < 40; id++) choice.came(id);
      for (let id = 0; id < 40; id++) if (choice.has(id)) chosen[id] = (chosen[id] ?? 0) + 1;
    }
    for (const [id, times] of chosen.entries())
      assert.ok(times > 400 && times < 600, `${id} was chosen ${times} of 2000 times`);
  });
});
