import { type PieceGrid, piecesOf } from './piece-layout.js';

/** How a cell is drawn; missing ones by the number of sources of their rarest missing piece. */
export const Look = {
  noSource: 0,
  oneSource: 1,
  fewSources: 2,
  manySources: 3,
  inFlight: 4,
  partly: 5,
  verified: 6,
  unknown: 7,
} as const;
export type Look = (typeof Look)[keyof typeof Look];
export const LOOKS: readonly Look[] = Object.values(Look);

/** Number of pieces by state. */
export interface PieceCounts {
  readonly missing: number;
  readonly inFlight: number;
  readonly verified: number;
  /** Missing pieces without a source. */
  readonly unavailable: number;
  /** Number of sources of the rarest missing piece; null if none is missing. */
  readonly fewestSources: number | null;
}

/** What is known about the pieces of a file. */
export interface PieceFacts {
  /** One byte per piece, as in `DetailsSnapshot`. */
  readonly pieces: Uint8Array;
  /** Whether a piece without a connected source is certainly unavailable. */
  readonly isHeldKnown: boolean;
}

export function countPieces(pieces: Uint8Array, start = 0, end = pieces.length): PieceCounts {
  let inFlight = 0;
  let verified = 0;
  let missing = 0;
  let unavailable = 0;
  let fewest = 64;
  for (let index = start; index < end; index += 1) {
    const piece = pieces[index] ?? 0;
    const state = piece & 3;
    if (state === 1) inFlight += 1;
    else if (state === 2) verified += 1;
    else {
      const sources = piece >> 2;
      missing += 1;
      if (sources === 0) unavailable += 1;
      if (sources < fewest) fewest = sources;
    }
  }
  return { missing, inFlight, verified, unavailable, fewestSources: missing > 0 ? fewest : null };
}

function missingLook(sources: number, isHeldKnown: boolean): Look {
  if (sources === 0) return isHeldKnown ? Look.noSource : Look.unknown;
  if (sources === 1) return Look.oneSource;
  return sources < 4 ? Look.fewSources : Look.manySources;
}

function lookOfOne(piece: number, isHeldKnown: boolean): Look {
  const state = piece & 3;
  if (state === 1) return Look.inFlight;
  if (state === 2) return Look.verified;
  return missingLook(piece >> 2, isHeldKnown);
}

function lookOfSeveral(counts: PieceCounts, isHeldKnown: boolean): Look {
  if (counts.inFlight > 0) return Look.inFlight;
  if (counts.fewestSources === null) return Look.verified;
  if (isHeldKnown && counts.unavailable > 0) return Look.noSource;
  return counts.verified > 0 ? Look.partly : missingLook(counts.fewestSources, isHeldKnown);
}

/** The look of every cell of a grid. */
export function looksOf(grid: PieceGrid, { pieces, isHeldKnown }: PieceFacts): Uint8Array {
  const looks = new Uint8Array(grid.cells);
  for (let cell = 0; cell < grid.cells; cell += 1) {
    if (grid.piecesPerCell === 1) looks[cell] = lookOfOne(pieces[cell] ?? 0, isHeldKnown);
    else {
      const { start, end } = piecesOf(grid, cell);
      looks[cell] = lookOfSeveral(countPieces(pieces, start, end), isHeldKnown);
    }
  }
  return looks;
}
