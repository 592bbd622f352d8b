import { readFileSync } from 'node:fs';

/** The pieces that a journal records; its other records have the top bit set. */
export function journalledPieces(path: string): Set<number> {
  const records = readFileSync(path).subarray(60);
  const pieces = new Set<number>();
  for (let at = 0; at + 8 <= records.length; at += 8) {
    const value = records.readUInt32BE(at);
    if (value < 0x8000_0000) pieces.add(value);
  }
  return pieces;
}
