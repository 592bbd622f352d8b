import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Held, Holders } from '../../../tracker/swarm/holders.js';
import { seeded } from '../../support/seeded.js';

interface Holder extends Held {
  readonly name: number;
}

describe('the holders of a content', () => {
  const change = fc.record({
    name: fc.nat(9),
    to: fc.option(fc.record({ complete: fc.boolean(), serves: fc.boolean() })),
  });

  it('are counted and drawn as they are, whatever came, changed and went', () => {
    fc.assert(
      fc.property(fc.array(change), fc.nat(6), fc.nat(), (changes, count, seed) => {
        const holders = new Holders<Holder>();
        const model = new Map<number, Holder>();
        for (const { name, to } of changes) {
          const before = model.get(name);
          if (before) holders.remove(before);
          model.delete(name);
          if (!to) continue;
          const holder = { ...to, name, place: -1 };
          model.set(name, holder);
          holders.add(holder);
        }
        const all = [...model.values()];
        const serving = all.filter(({ serves }) => serves);
        const complete = all.filter((one) => one.complete);
        assert.equal(holders.size, all.length);
        assert.equal(holders.completeCount, complete.length);
        assert.deepEqual(holders.counts, {
          sharersOnline: serving.length,
          completeSources: serving.filter((one) => one.complete).length,
        });
        assert.deepEqual(new Set(holders.all()), new Set(all));
        const drawn = holders.draw(count, seeded(seed));
        const of = (isComplete: boolean) => drawn.filter((one) => one.complete === isComplete).length;
        assert.equal(new Set(drawn).size, drawn.length, 'each once');
        assert.ok(drawn.every(({ name }) => model.has(name)));
        assert.equal(of(true), Math.min(count, complete.length));
        assert.equal(of(false), Math.min(count, all.length - complete.length));
      }),
    );
  });

  it('are drawn with the same chance each', () => {
    const holders = new Holders<Holder>();
    for (let name = 0; name < 20; name++) holders.add({ name, complete: true, serves: true, place: -1 });
    const times = new Array<number>(20).fill(0);
    const random = seeded(1);
    for (let round = 0; round < 4000; round++)
      for (const { name } of holders.drawComplete(5, random)) times[name] = (times[name] ?? 0) + 1;
    for (const count of times) assert.ok(Math.abs(count - 1000) < 150, `${count} of about 1000`);
  });
});
