import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Bitfield, popcount } from '../../../sdk/transfer/bitfield.js';
import { draw, pieces } from './drawing.js';

describe('Bitfield', () => {
  it('has the first piece in the highest bit of the first byte', () => {
    assert.deepEqual(pieces('x.......|x').toBytes(), Uint8Array.of(0x80, 0x40));
    assert.deepEqual(pieces('.x.....x').toBytes(), Uint8Array.of(0x41));
    assert.equal(draw(Bitfield.fromBytes(Uint8Array.of(0xa0, 0x80), 9)), 'x.x.....x');
  });

  it('refuses bytes of another length', () => {
    for (const size of [0, 1, 3]) assert.throws(() => Bitfield.fromBytes(new Uint8Array(size), 9), RangeError);
  });

  it('refuses spare bits that are set', () => {
    assert.throws(() => Bitfield.fromBytes(Uint8Array.of(0, 0x40), 9), RangeError);
    assert.throws(() => Bitfield.fromBytes(Uint8Array.of(0, 0, 0, 0, 0x01), 33), RangeError);
    assert.equal(Bitfield.fromBytes(Uint8Array.of(0, 0, 0, 0x01), 32).count, 1);
  });

  it('refuses a length and an index that make no sense', () => {
    for (const length of [-1, 1.5, NaN, Infinity]) assert.throws(() => new Bitfield(length), RangeError);
    for (const index of [-1, 10, 31, 1.5, NaN, 2 ** 32]) {
      assert.throws(() => new Bitfield(10).set(index), RangeError);
      assert.throws(() => new Bitfield(10).clear(index), RangeError);
    }
    for (const index of [-1, 10, 31, 2 ** 32]) assert.equal(new Bitfield(10).fill().has(index), false);
  });

  it('fills, and sets no spare bit', () => {
    for (const length of [0, 1, 8, 31, 32, 33, 100]) {
      const full = new Bitfield(length).fill();
      assert.equal(full.count, length);
      assert.ok(full.isComplete);
      assert.equal(Bitfield.fromBytes(full.toBytes(), length).count, length);
    }
  });

  it('clones into something of its own', () => {
    const original = pieces('x.x');
    const copy = original.clone();
    copy.set(1);
    assert.equal(draw(original), 'x.x');
    assert.ok(copy.isComplete);
  });

  it('is a set of indices, and the same after a trip over the wire', () => {
    const changes = fc.array(fc.tuple(fc.boolean(), fc.nat(99)), { maxLength: 200 });
    fc.assert(
      fc.property(changes, fc.integer({ min: 100, max: 140 }), (steps, length) => {
        const bits = new Bitfield(length);
        const model = new Set<number>();
        for (const [add, index] of steps) {
          assert.equal(add ? bits.set(index) : bits.clear(index), add !== model.has(index));
          if (add) model.add(index);
          else model.delete(index);
        }
        const wire = bits.toBytes();
        assert.equal(wire.length, Math.ceil(length / 8));
        for (const same of [bits, bits.clone(), Bitfield.fromBytes(wire, length)]) {
          assert.deepEqual(
            [...same],
            [...model].sort((a, b) => a - b),
          );
          assert.equal(same.count, model.size);
          assert.equal(same.isEmpty, model.size === 0);
        }
      }),
    );
  });

  it('counts bits', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => popcount(word) === (word >>> 0).toString(2).replaceAll('0', '').length),
    );
  });
});
