import assert from 'node:assert/strict';
import { PieceBuffers, slotBytes } from '../../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { PIECE_BYTES } from '../../../../../sdk/protocol/index.js';

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

  it('is behind while half of it waits to be checked, and tells those who wait for room once', () => {
    const buffers = new PieceBuffers(16);
    for (let piece = 0; piece < 7; piece++) buffers.count(1);
    assert.equal(buffers.isBehind, false);
    buffers.count(1);
    assert.equal(buffers.isBehind, true);
    let told = 0;
    buffers.whenRoom(() => told++);
    buffers.count(-1);
    assert.equal(told, 0);
    buffers.count(-1);
    assert.deepEqual([told, buffers.isBehind], [1, false]);
    buffers.count(-6);
    assert.equal(told, 1);
  });

  it('is not behind because all of it is taken: more bytes may be what sets it free', () => {
    const buffers = new PieceBuffers(4);
    const taken = Array.from({ length: 6 }, () => buffers.take());
    assert.equal(buffers.isBehind, false);
    for (const one of taken) buffers.giveBack(one);
  });
});
