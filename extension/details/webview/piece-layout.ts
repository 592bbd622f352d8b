/** How small and large a cell may get, with its gap, and the gap; all in device pixels. */
export interface CellLimits {
  readonly minPitch: number;
  readonly maxPitch: number;
  readonly gap: number;
}

/** Cells row by row, each standing for `piecesPerCell` pieces (the last for what is left); lengths in device pixels. */
export interface PieceGrid {
  readonly pieces: number;
  readonly piecesPerCell: number;
  readonly cells: number;
  readonly columns: number;
  readonly rows: number;
  /** From one cell's edge to the next one's. */
  readonly pitch: number;
  /** A cell's side, without the gap. */
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

function fitting(length: number, pitch: number, gap: number): number {
  return Math.max(1, Math.floor((length + gap) / pitch));
}

/** The largest cells that fit `pieces` into `width` x `height`; several pieces share one when there are too many. */
export function layoutPieces(pieces: number, width: number, height: number, limits: CellLimits): PieceGrid {
  const { minPitch, maxPitch, gap } = limits;
  const capacity = fitting(width, minPitch, gap) * fitting(height, minPitch, gap);
  const piecesPerCell = Math.max(1, Math.ceil(pieces / capacity));
  const cells = Math.ceil(pieces / piecesPerCell);
  let pitch = maxPitch;
  while (pitch > minPitch && fitting(width, pitch, gap) * fitting(height, pitch, gap) < cells) pitch -= 1;
  const columns = Math.max(1, Math.min(cells, fitting(width, pitch, gap)));
  const rows = Math.ceil(cells / columns);
  return {
    pieces,
    piecesPerCell,
    cells,
    columns,
    rows,
    pitch,
    side: pitch - gap,
    width: columns * pitch - gap,
    height: Math.max(0, rows * pitch - gap),
  };
}

/** The pieces a cell stands for, from `start` up to and without `end`. */
export function piecesOf(grid: PieceGrid, cell: number): { readonly start: number; readonly end: number } {
  const start = cell * grid.piecesPerCell;
  return { start, end: Math.min(grid.pieces, start + grid.piecesPerCell) };
}

/** Where a cell's left upper corner is. */
export function cornerOf(grid: PieceGrid, cell: number): { readonly x: number; readonly y: number } {
  return { x: (cell % grid.columns) * grid.pitch, y: Math.floor(cell / grid.columns) * grid.pitch };
}

/** The cell at a point, the gap right of and below it included; null beside the grid. */
export function cellAt(grid: PieceGrid, x: number, y: number): number | null {
  if (x < 0 || y < 0) return null;
  const column = Math.floor(x / grid.pitch);
  if (column >= grid.columns) return null;
  const cell = Math.floor(y / grid.pitch) * grid.columns + column;
  return cell < grid.cells ? cell : null;
}

/** Where a key leads from a cell; null for a key that doesn't move. */
export function cellAfterKey(grid: PieceGrid, cell: number, key: string): number | null {
  const last = grid.cells - 1;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, cell - 1);
    case 'ArrowRight':
      return Math.min(last, cell + 1);
    case 'ArrowUp':
      return cell >= grid.columns ? cell - grid.columns : cell;
    case 'ArrowDown':
      return cell + grid.columns <= last ? cell + grid.columns : cell;
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** The cells that look unlike before, in rising order; all of them when there is nothing to compare with. */
export function changedCells(before: Uint8Array | null, after: Uint8Array): number[] {
  const changed: number[] = [];
  const comparable = before !== null && before.length === after.length;
  for (let cell = 0; cell < after.length; cell += 1) {
    if (!comparable || before[cell] !== after[cell]) changed.push(cell);
  }
  return changed;
}
