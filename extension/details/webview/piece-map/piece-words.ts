import type { Formats } from '../page/format.js';
import { fill, type Words } from '../page/words.js';
import { type PieceGrid, piecesOf } from './piece-layout.js';
import { countPieces, type PieceFacts } from './piece-looks.js';

/** The tooltip of a cell: its pieces, and what is known about them. */
export function describeCell(
  grid: PieceGrid,
  cell: number,
  { pieces, isHeldKnown }: PieceFacts,
  words: Words,
  formats: Formats,
): readonly [name: string, facts: string] {
  const { start, end } = piecesOf(grid, cell);
  if (end - start === 1) {
    const name = fill(words.pieceName, formats.number(start + 1));
    return [name, describePiece(pieces[start] ?? 0, isHeldKnown, words, formats)];
  }
  const counts = countPieces(pieces, start, end);
  const facts: string[] = [];
  if (counts.verified > 0) facts.push(fill(words.pieceVerifiedCount, formats.number(counts.verified)));
  if (counts.inFlight > 0) facts.push(fill(words.pieceInFlightCount, formats.number(counts.inFlight)));
  if (counts.fewestSources !== null) {
    facts.push(fill(words.pieceMissingCount, formats.number(counts.missing)));
    const fewest = fill(words.pieceFewestSources, formats.number(counts.fewestSources));
    facts.push(isHeldKnown || counts.fewestSources > 0 ? fewest : words.pieceUnknown);
  }
  return [fill(words.pieceRange, formats.number(start + 1), formats.number(end)), facts.join(' · ')];
}

function describePiece(piece: number, isHeldKnown: boolean, words: Words, formats: Formats): string {
  const sources = piece >> 2;
  const none = isHeldKnown ? words.pieceNoSource : words.pieceUnknown;
  const held = sources === 0 ? none : fill(words.pieceSources, formats.number(sources));
  switch (piece & 3) {
    case 1:
      return `${words.pieceInFlight} · ${held}`;
    case 2:
      return words.pieceVerified;
    default:
      return `${words.pieceMissing} · ${held}`;
  }
}
