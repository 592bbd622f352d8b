import type { ReadonlyBitfield } from '../bitfield.js';

export const PIECE_MISSING = 0;
export const PIECE_IN_FLIGHT = 1;
export const PIECE_VERIFIED = 2;

const MAX_HOLDERS = 63;

/**
 * Encodes one byte per piece: its state in the two low bits, and the number of connected peers that have it above them
 * (63 at most).
 */
export function encodePieces(
  verified: ReadonlyBitfield,
  isInFlight: (piece: number) => boolean,
  holders: (piece: number) => number,
): Uint8Array {
  const states = new Uint8Array(verified.length);
  for (let piece = 0; piece < states.length; piece++) {
    const state = verified.has(piece) ? PIECE_VERIFIED : isInFlight(piece) ? PIECE_IN_FLIGHT : PIECE_MISSING;
    states[piece] = state | (Math.min(holders(piece), MAX_HOLDERS) << 2);
  }
  return states;
}
