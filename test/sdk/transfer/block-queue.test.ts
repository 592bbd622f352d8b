import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlockQueue } from '../../../sdk/transfer/block-queue.js';

describe('BlockQueue', () => {
  it('asks for every byte of its pieces once, in order, whatever the size of the blocks', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (pieces, sizes) => {
        const queue = new BlockQueue();
        for (const [piece, length] of pieces.entries()) queue.add(piece, length);
        const asked = pieces.map(() => 0);
        let last = 0;
        for (let index = 0; queue.isWaiting; index++) {
          const most = sizes[index % sizes.length] ?? 1;
          const block = queue.next(most);
          assert.ok(block && block.length >= 1 && block.length <= most && block.piece >= last);
          assert.equal(block.offset, asked[block.piece]);
          asked[block.piece] = block.offset + block.length;
          last = block.piece;
        }
        assert.deepEqual(asked, pieces);
        assert.equal(queue.next(100), undefined);
        assert.equal(queue.received(pieces.reduce((sum, length) => sum + length, 0)) > 0, true);
        assert.equal(queue.owed, 0);
      }),
    );
  });

  it('knows which blocks are answered by the bytes that come', () => {
    const queue = new BlockQueue();
    queue.add(7, 250);
    for (let index = 0; index < 3; index++) queue.next(100);
    assert.deepEqual([queue.received(99), queue.owed], [0, 3]);
    assert.deepEqual([queue.received(1), queue.owed], [1, 2]);
    assert.deepEqual([queue.received(150), queue.owed], [2, 0]);
    assert.equal(queue.received(10), 0);
  });

  it('gives back what was asked for of a piece that is not wanted any more, and asks no more of it', () => {
    const queue = new BlockQueue();
    queue.add(1, 100);
    queue.add(2, 250);
    queue.next(100);
    queue.next(100);
    assert.ok(queue.isAmidPiece);
    assert.deepEqual(
      queue.remove(2).map(({ piece, offset, length }) => [piece, offset, length]),
      [[2, 0, 100]],
    );
    assert.deepEqual([queue.isWaiting, queue.isAmidPiece, queue.owed], [false, false, 1]);
    assert.deepEqual(queue.remove(9), []);
  });

  it('hands out whole pieces of which nothing was asked for', () => {
    const queue = new BlockQueue();
    for (const piece of [1, 2, 3]) queue.add(piece, 100);
    queue.next(40);
    assert.deepEqual([queue.takeWhole(), queue.takeWhole(), queue.takeWhole()], [2, 3, undefined]);
    assert.deepEqual(queue.next(Infinity), { piece: 1, offset: 40, length: 60 });
    assert.equal(queue.isWaiting, false);
  });
});
