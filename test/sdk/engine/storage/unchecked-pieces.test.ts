import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { UncheckedPieces } from '../../../../sdk/engine/storage/unchecked-pieces.js';

const SLOTS = 16;
const BEHIND = SLOTS / 2;

describe('pieces that are being written and checked', () => {
  it('are waited for by nobody while their disk does not answer, and again when it does', () => {
    const buffers = new PieceBuffers(SLOTS);
    const [hung, well] = [new UncheckedPieces(buffers), new UncheckedPieces(buffers)];
    for (let piece = 0; piece < BEHIND; piece++) hung.handOver(0);
    let told = 0;
    buffers.whenRoom(() => told++);
    hung.review(4000);
    assert.deepEqual([hung.isStuck, buffers.isBehind, told], [false, true, 0]);
    hung.review(6000);
    assert.deepEqual([hung.isStuck, buffers.isBehind, told], [true, false, 1]);
    well.handOver(6000);
    hung.handOver(6000); // a piece that was in flight
    well.settle(1, 6500);
    assert.equal(hung.isStuck, true);
    hung.settle(1, 7000);
    assert.deepEqual([hung.isStuck, buffers.isBehind], [false, true]);
    hung.settle(BEHIND, 7000);
    assert.equal(buffers.isBehind, false);
  });

  it('do not get stuck in the time in which there were none', () => {
    const pieces = new UncheckedPieces(new PieceBuffers(SLOTS));
    pieces.handOver(0);
    pieces.settle(1, 10);
    pieces.handOver(60_000);
    pieces.review(60_500);
    assert.equal(pieces.isStuck, false);
  });

  it('are counted for all downloads, but for those of disks that do not answer, in whatever order things happen', () => {
    const step = fc.record({
      whose: fc.nat({ max: 2 }),
      what: fc.constantFrom('hand over', 'settle', 'settle all', 'review'),
      afterMs: fc.nat({ max: 3000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffers = new PieceBuffers(SLOTS);
        const all = Array.from({ length: 3 }, () => ({ pieces: new UncheckedPieces(buffers), open: 0 }));
        let nowMs = 0;
        for (const { whose, what, afterMs } of steps) {
          nowMs += afterMs;
          const one = all[whose];
          assert.ok(one);
          if (what === 'hand over') {
            one.pieces.handOver(nowMs);
            one.open++;
          } else if (what === 'review') one.pieces.review(nowMs);
          else {
            const count = what === 'settle' ? Math.min(1, one.open) : one.open;
            one.pieces.settle(count, nowMs);
            one.open -= count;
          }
          const counted = all.reduce((sum, { pieces, open }) => sum + (pieces.isStuck ? 0 : open), 0);
          assert.equal(buffers.isBehind, counted >= BEHIND);
        }
      }),
    );
  });
});
