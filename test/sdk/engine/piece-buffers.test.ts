import assert from 'node:assert/strict';
import { PieceBuffers, slotBytes } from '../../../sdk/engine/piece-buffers.js';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';

describe('the memory for pieces', () => {
  it('is shared in slots, the last one given back first, and this thread alone has more', () => {
    const buffers = new PieceBuffers(2);
    const taken = [buffers.take(), buffers.take(), buffers.take()] as const;
    const [first, second, third] = taken;
    assert.deepEqual(
      taken.map(({ slot }) => slot),
      [0, 1, undefined],
    );
    assert.ok(taken.every(({ bytes }) => bytes.length === PIECE_BYTES));
    second.bytes.fill(7);
    assert.equal(slotBytes(buffers.memory, 1)[PIECE_BYTES - 1], 7);
    assert.equal(slotBytes(buffers.memory, 0)[PIECE_BYTES - 1], 0);
    for (const one of [first, third, second]) buffers.giveBack(one);
    assert.equal(buffers.free, 2);
    assert.deepEqual([buffers.take(), buffers.take(), buffers.take()], [second, first, third]);
  });

  it('tells when it is scarce, and those who wait when it is not any more, once', () => {
    const buffers = new PieceBuffers(16);
    const taken = Array.from({ length: 14 }, () => buffers.take());
    assert.equal(buffers.isScarce, false);
    taken.push(buffers.take());
    assert.equal(buffers.isScarce, true);
    let told = 0;
    buffers.whenRoom(() => told++);
    const giveBack = (count: number) => {
      for (const one of taken.splice(0, count)) buffers.giveBack(one);
    };
    giveBack(2);
    assert.equal(told, 0);
    giveBack(1);
    assert.equal(told, 1);
    giveBack(4);
    assert.equal(told, 1);
  });
});
