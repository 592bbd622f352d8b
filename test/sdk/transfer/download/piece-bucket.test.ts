import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitfield } from '../../../../sdk/transfer/bitfield.js';
import { PieceBucket } from '../../../../sdk/transfer/download/piece-bucket.js';
import { seeded } from '../../../support/seeded.js';
import { pieces } from '../drawing.js';

const PIECES = 5000;
const somePieces = fc.uniqueArray(fc.nat(PIECES - 1), { maxLength: 60 });

describe('PieceBucket', () => {
  it('finds the lowest common piece, and some common piece, wherever they are', () => {
    fc.assert(
      fc.property(somePieces, somePieces, somePieces, fc.integer(), (mine, theirs, shared, seed) => {
        const bucket = new PieceBucket(PIECES);
        const source = new Bitfield(PIECES);
        for (const piece of [...mine, ...shared]) bucket.add(piece);
        for (const piece of [...theirs, ...shared]) source.set(piece);
        const common = [...mine, ...shared].filter((piece) => source.has(piece));
        assert.equal(bucket.first(source), common.length === 0 ? undefined : Math.min(...common));
        const some = bucket.any(source, seeded(seed));
        assert.ok(some === undefined ? common.length === 0 : common.includes(some));
      }),
    );
  });

  it('forgets what is deleted, once', () => {
    const bucket = new PieceBucket(PIECES);
    bucket.add(4999);
    bucket.add(4999);
    bucket.delete(3);
    assert.equal(bucket.size, 1);
    bucket.delete(4999);
    assert.equal(bucket.size, 0);
    assert.equal(bucket.first(new Bitfield(PIECES).fill()), undefined);
  });

  it('takes every common piece sooner or later', () => {
    const source = pieces('x.xx.x');
    const bucket = new PieceBucket(source.length);
    for (let piece = 0; piece < source.length; piece++) bucket.add(piece);
    const random = seeded(1);
    const taken = new Set(Array.from({ length: 200 }, () => bucket.any(source, random)));
    assert.deepEqual([...taken].sort(), [0, 2, 3, 5]);
  });
});
