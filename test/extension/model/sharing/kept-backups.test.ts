import assert from 'node:assert/strict';
import fc from 'fast-check';
import { backupsToDrop } from '../../../../extension/model/sharing/kept-backups.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1 << 20;

describe('the bounds of backups', () => {
  it('are a number, a size and an age', () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ keptAtMs: index, sizeBytes: 1 }));
    assert.deepEqual(
      backupsToDrop(many, 100)
        .map(({ keptAtMs }) => keptAtMs)
        .sort((one, other) => one - other),
      [...many.keys()].slice(0, 10),
    );
    const large = [600, 300, 600].map((mib, index) => ({ keptAtMs: -index, sizeBytes: mib * MIB }));
    assert.deepEqual(backupsToDrop(large, 0), [large[2]]);
    const old = [
      { keptAtMs: 31 * DAY_MS, sizeBytes: 1 },
      { keptAtMs: DAY_MS, sizeBytes: 1 },
    ];
    assert.deepEqual(backupsToDrop(old, 32 * DAY_MS), [old[1]]);
  });

  it('never drop the latest backup, and keep the rest within them', () => {
    const backup = fc.record({ keptAtMs: fc.nat(90 * DAY_MS), sizeBytes: fc.nat(3000 * MIB) });
    fc.assert(
      fc.property(fc.uniqueArray(backup, { selector: ({ keptAtMs }) => keptAtMs, minLength: 1 }), (backups) => {
        const dropped = new Set(backupsToDrop(backups, 90 * DAY_MS));
        const kept = backups.filter((one) => !dropped.has(one)).sort((one, other) => other.keptAtMs - one.keptAtMs);
        const latest = Math.max(...backups.map(({ keptAtMs }) => keptAtMs));
        assert.equal(kept[0]?.keptAtMs, latest);
        const bytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        assert.ok(kept.length === 1 || (bytes <= 1024 * MIB && kept.length <= 50));
      }),
    );
  });
});
