/** Minimum and maximum size of a cell with its gap, and the gap, in device pixels. */
export interface CellLimits {
  readonly minPitch: number;
  readonly maxPitch: number;
  readonly gap: number;
}

/** Cells row by row, each for `piecesPerCell` pieces (the last one for the rest); lengths in device pixels. */
export interface PieceGrid {
  readonly pieces: number;
  readonly piecesPerCell: number;
  readonly cells: number;
  readonly columns: number;
  readonly rows: number;
  /** Distance between the edges of neighbouring cells. */
  readonly pitch: number;
  /** Side of a cell without the gap. */
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

function fitting(length: number, pitch: number, gap: number): number {
  return Math.max(1, Math.floor((length + gap) / pitch));
}

/** The largest cells that fit `pieces` into `width` x `height`; several pieces share a cell if there are too many. */
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

/** The pieces of a cell, from `start` to before `end`. */
export function piecesOf(grid: PieceGrid, cell: number): { readonly start: number; readonly end: number } {
  const start = cell * grid.piecesPerCell;
  return { start, end: Math.min(grid.pieces, start + grid.piecesPerCell) };
}

/** The upper left corner of a cell. */
export function cornerOf(grid: PieceGrid, cell: number): { readonly x: number; readonly y: number } {
  return { x: (cell % grid.columns) * grid.pitch, y: Math.floor(cell / grid.columns) * grid.pitch };
}

/** The cell at a point, including the gap to its right and below; null outside the grid. */
export function cellAt(grid: PieceGrid, x: number, y: number): number | null {
  if (x < 0 || y < 0) return null;
  const column = Math.floor(x / grid.pitch);
  if (column >= grid.columns) return null;
  const cell = Math.floor(y / grid.pitch) * grid.columns + column;
  return cell < grid.cells ? cell : null;
}

/** The cell that a key leads to; null for other keys. */
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

/** The cells whose look changed, in ascending order; all of them without an earlier state. */
export function changedCells(before: Uint8Array | null, after: Uint8Array): number[] {
  const changed: number[] = [];
  const comparable = before !== null && before.length === after.length;
  for (let cell = 0; cell < after.length; cell += 1) {
    if (!comparable || before[cell] !== after[cell]) changed.push(cell);
  }
  return changed;
}
