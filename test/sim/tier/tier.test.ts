import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { seeded } from '../../support/seeded.js';
import { BOUNDS, COSTS } from './costs.js';
import { limitOf } from './limits.js';
import { observe } from './observe.js';
import { sizeTier } from './size.js';
import { BUSY_HOUR, drawCount, drawGroups, GroupPicker } from './workload.js';

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const DRAWS = { seconds: 5, seed: 1 };

describe('the simulated tier', () => {
  it('has groups of sizes within their bounds, with all members', () => {
    const bounds = { least: 3, most: 500, exponent: 2.2 };
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 50_000 }), seeds, (members, seed) => {
        const sizes = drawGroups(members, bounds, seeded(seed));
        assert.equal(
          sizes.reduce((sum, size) => sum + size, 0),
          members,
        );
        assert.ok(sizes.every((size, index) => size <= 500 && (size >= 3 || index === sizes.length - 1)));
      }),
      { numRuns: 20 },
    );
  });

  it('draws a group as often as it has members, and counts around what is expected', () => {
    const random = seeded(1);
    const picker = new GroupPicker([1, 3, 6], random);
    const counts = [0, 0, 0];
    for (let draw = 0; draw < 20_000; draw++) {
      const drawn = picker.draw();
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const [index, share] of [0.1, 0.3, 0.6].entries())
      assert.ok(Math.abs((counts[index] ?? 0) / 20_000 - share) < 0.02, `${counts.join(', ')}`);
    for (const expected of [0, 0.2, 40, 3000]) {
      const mean = Array.from({ length: 2000 }, () => drawCount(expected, random)).reduce((a, b) => a + b, 0) / 2000;
      assert.ok(Math.abs(mean - expected) <= 0.1 * Math.sqrt(expected) + 0.001, `${mean} instead of ${expected}`);
    }
  });

  it('is the same again with the same seed', () => {
    const tier = () => sizeTier(observe(3000, BUSY_HOUR, COSTS, DRAWS), BUSY_HOUR.contents, COSTS, BOUNDS);
    assert.deepEqual(tier(), tier());
  });

  it('needs no fewer servers for more peers, and says what is at its limit when no number is enough', () => {
    const tiers = [1e3, 1e4, 1e5].map((peers) =>
      sizeTier(observe(peers, BUSY_HOUR, COSTS, DRAWS), BUSY_HOUR.contents, COSTS, BOUNDS),
    );
    for (const [index, tier] of tiers.entries()) {
      const before = tiers[index - 1];
      assert.ok(tier.nodes >= (before?.nodes ?? 1) && tier.primaries >= (before?.primaries ?? 3));
      assert.ok(tier.deathSeconds <= BOUNDS.deathSeconds);
      assert.equal(limitOf(tier, BOUNDS), undefined);
    }
    const dear = { ...COSTS, published: { ...COSTS.published, nodeReceives: 1 } };
    const lost = sizeTier(observe(1e5, BUSY_HOUR, dear, DRAWS), BUSY_HOUR.contents, dear, BOUNDS);
    assert.equal(lost.nodes, Infinity);
    assert.equal(limitOf(lost, BOUNDS), 'events of other nodes');
  });
});
