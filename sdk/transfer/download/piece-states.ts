export const PIECE_MISSING = 0;
export const PIECE_IN_FLIGHT = 1;
export const PIECE_VERIFIED = 2;

const MAX_HOLDERS = 63;

/** One byte for a piece: its state in the low two bits, and how many connected sources hold it, 63 at most, above. */
export function encodePiece(state: number, holders: number): number {
  return state | (Math.min(holders, MAX_HOLDERS) << 2);
}
