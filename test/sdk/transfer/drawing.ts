import { Bitfield } from '../../../sdk/transfer/bitfield.js';

/** Pieces drawn as a string: `x` is there, anything else is not. */
export function pieces(drawing: string): Bitfield {
  const bits = new Bitfield(drawing.length);
  for (let index = 0; index < drawing.length; index++) {
    if (drawing[index] === 'x') bits.set(index);
  }
  return bits;
}

/** The inverse of {@link pieces}, with `.` for what is not there. */
export function draw(bits: Iterable<number> & { readonly length: number }): string {
  const there = new Set(bits);
  return Array.from({ length: bits.length }, (_, index) => (there.has(index) ? 'x' : '.')).join('');
}

/** A generator of numbers in [0, 1) that repeats itself for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
