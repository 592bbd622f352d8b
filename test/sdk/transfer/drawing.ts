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
