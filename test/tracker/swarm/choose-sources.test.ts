import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chooseSources } from '../../../tracker/swarm/choose-sources.js';
import { seeded } from '../../support/seeded.js';

const devices = (userKey: string, count: number, complete = true, vouched = false) =>
  Array.from({ length: count }, () => ({ userKey, complete, vouched }));
const usersOf = (chosen: readonly { userKey: string }[]) => new Set(chosen.map((one) => one.userKey));

describe('the chosen sources', () => {
  it('include an honest source, however many devices another user has', () => {
    for (let seed = 0; seed < 40; seed++) {
      const crowd = [...devices('crowd', 300), ...devices('crowd', 300, false), ...devices('honest', 1)];
      assert.ok(usersOf(chooseSources(crowd, 8, seeded(seed))).has('honest'));
    }
  });

  it('fill the limit, give each user of a kind one place before any has two, and most places to complete files', () => {
    const device = fc.record({
      userKey: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      complete: fc.boolean(),
      vouched: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(device, { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer(),
        (all, limit, seed) => {
          const chosen = chooseSources(all, limit, seeded(seed));
          assert.equal(chosen.length, Math.min(limit, all.length));
          assert.equal(new Set(chosen).size, chosen.length);
          const complete = all.filter((one) => one.complete).length;
          const partial = all.length - complete;
          const kept = Math.min(partial, Math.floor(limit / 4));
          assert.equal(chosen.filter((one) => one.complete).length, Math.min(complete, limit - kept));
          for (const kind of [true, false]) {
            const count = (of: typeof all, userKey: string) =>
              of.filter((one) => one.complete === kind && one.userKey === userKey).length;
            const most = Math.max(0, ...[...usersOf(chosen)].map((user) => count(chosen, user)));
            for (const user of usersOf(all)) assert.ok(count(chosen, user) >= Math.min(count(all, user), most - 1));
          }
        },
      ),
    );
  });

  it('are half vouched users if there are more users than places, and half any users', () => {
    const all = [
      ...Array.from({ length: 50 }, (_, user) => devices(`seen${user}`, 1, true, true)).flat(),
      ...Array.from({ length: 1000 }, (_, user) => devices(`new${user}`, 3)).flat(),
    ];
    for (let seed = 0; seed < 20; seed++) {
      const chosen = chooseSources(all, 20, seeded(seed));
      const seen = chosen.filter((one) => one.vouched).length;
      assert.ok(seen >= 10 && seen < 16, `${seen} of 20`);
      assert.equal(usersOf(chosen).size, 20);
    }
  });

  it('are equally likely for all users of one kind', () => {
    const times = new Map<string, number>();
    const all = Array.from({ length: 20 }, (_, user) => devices(`u${user}`, user + 1)).flat();
    for (let seed = 0; seed < 1000; seed++)
      for (const { userKey } of chooseSources(all, 5, seeded(seed))) times.set(userKey, (times.get(userKey) ?? 0) + 1);
    assert.equal(times.size, 20);
    for (const [user, count] of times)
      assert.ok(count > 150 && count < 350, `${user} was named ${count} of 1000 times`);
  });
});
