import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MultiMap } from '../../../sdk/program/index.js';

describe('a map with several values for a key', () => {
  const values = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  const step = fc.record({ key: fc.constantFrom('x', 'y'), value: fc.constantFrom(...values), adds: fc.boolean() });

  it('has what sets would have', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const map = new MultiMap<{ name: string }>();
        const model = new Map<string, Set<{ name: string }>>();
        for (const { key, value, adds } of steps) {
          const known = model.get(key) ?? new Set();
          if (adds) {
            map.add(key, value);
            model.set(key, known.add(value));
          } else {
            map.remove(key, value);
            known.delete(value);
            if (known.size === 0) model.delete(key);
          }
        }
        assert.equal(map.size, model.size);
        assert.deepEqual(
          Array.from(map.entries(), ([key, some]) => [key, [...some]]).sort(),
          Array.from(model, ([key, some]) => [key, [...some]]).sort(),
        );
        for (const key of ['x', 'y']) {
          assert.deepEqual([...map.get(key)], [...(model.get(key) ?? [])]);
          assert.equal(map.count(key), model.get(key)?.size ?? 0);
          assert.equal(map.has(key), model.has(key));
        }
      }),
    );
  });
});
