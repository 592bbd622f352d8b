import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PeerSampler } from '../../../sdk/transfer/peer-sampler.js';
import { seeded } from '../../support/seeded.js';

describe('PeerSampler', () => {
  it('chooses all where there are few', () => {
    const choice = new PeerSampler<string>({ limit: 2, random: seeded(1), userOf: (id) => id });
    assert.deepEqual(choice.came('ann'), { connect: 'ann', drop: undefined });
    assert.deepEqual(choice.came('ann'), { connect: undefined, drop: undefined });
    assert.deepEqual(choice.came('bob'), { connect: 'bob', drop: undefined });
    assert.equal(choice.went('ann'), undefined);
    assert.ok(!choice.has('ann') && choice.has('bob'));
    assert.throws(() => new PeerSampler({ limit: 0, random: seeded(1), userOf: String }), RangeError);
  });

  it('keeps as many as may be of those that are there, whoever comes, fails and goes', () => {
    const step = fc.record({ what: fc.constantFrom('came', 'came', 'went', 'swap'), id: fc.nat(15) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer(),
        (limit, steps, users, seed) => {
          const userOf = (id: number) => String(id % users);
          const choice = new PeerSampler<number>({ limit, random: seeded(seed), userOf });
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
      const choice = new PeerSampler<number>({ limit: 10, random: seeded(seed), userOf: String });
      for (let id = 0; id < 40; id++) choice.came(id);
      for (let id = 0; id < 40; id++) if (choice.has(id)) chosen[id] = (chosen[id] ?? 0) + 1;
    }
    for (const [id, times] of chosen.entries())
      assert.ok(times > 400 && times < 600, `${id} was chosen ${times} of 2000 times`);
  });

  it('gives every user a place before any has two, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }),
        fc.integer(),
        (limit, owners, seed) => {
          const choice = new PeerSampler<number>({ limit, random: seeded(seed), userOf: (id) => String(owners[id]) });
          for (const id of owners.keys()) choice.came(id);
          const chosen = new Map<number, number>(owners.map((owner) => [owner, 0]));
          for (const [id, owner] of owners.entries())
            if (choice.has(id)) chosen.set(owner, (chosen.get(owner) ?? 0) + 1);
          const most = Math.max(...chosen.values());
          for (const [owner, count] of chosen) {
            const has = owners.filter((one) => one === owner).length;
            assert.ok(count >= Math.min(has, most - 1), `${owner} has ${count} of ${has}, another one ${most}`);
          }
        },
      ),
    );
  });

  it('keeps an honest source whatever hundreds of another user come, fail and go', () => {
    const userOf = (id: number) => (id === 0 ? 'honest' : 'crowd');
    const step = fc.record({ what: fc.constantFrom('came', 'went', 'swap'), id: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), fc.boolean(), (steps, seed, isFirst) => {
        const choice = new PeerSampler<number>({ limit: 5, random: seeded(seed), userOf });
        if (isFirst) choice.came(0);
        for (let id = 1; id <= 300; id++) choice.came(id);
        choice.came(0);
        for (const { what, id } of steps) {
          choice[what](id);
          assert.ok(choice.has(0));
        }
      }),
    );
  });

  it('puts a user whose source does not answer behind all others', () => {
    for (let seed = 0; seed < 50; seed++) {
      const choice = new PeerSampler<string>({ limit: 2, random: seeded(seed), userOf: (id) => id.charAt(0) });
      for (const id of ['a1', 'b1', 'c1']) choice.came(id);
      const failed = ['a1', 'b1'].find((id) => choice.has(id)) ?? '';
      const next = choice.swap(failed);
      assert.ok(next !== undefined && choice.has(next) && !choice.has(failed));
      assert.equal(choice.came(`${failed.charAt(0)}9`).connect, undefined);
      assert.equal(choice.came('d1').connect === undefined, !choice.has('d1'));
    }
  });
});
