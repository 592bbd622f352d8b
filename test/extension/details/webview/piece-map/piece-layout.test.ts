import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cellAfterKey,
  cellAt,
  changedCells,
  cornerOf,
  layoutPieces,
  piecesOf,
} from '../../../../../extension/details/webview/piece-map/piece-layout.js';

const LIMITS = { minPitch: 4, maxPitch: 20, gap: 1 };
const room = { pieces: fc.integer({ min: 0, max: 30_000 }), width: fc.integer({ min: 1, max: 1600 }) };
const layouts = fc.record(room).map(({ pieces, width }) => ({ width, grid: layoutPieces(pieces, width, 240, LIMITS) }));

describe('the grid of pieces', () => {
  it('gives every piece exactly one cell, within the available room', () => {
    fc.assert(
      fc.property(layouts, ({ width, grid }) => {
        let next = 0;
        for (let cell = 0; cell < grid.cells; cell += 1) {
          const { start, end } = piecesOf(grid, cell);
          assert.equal(start, next);
          assert.ok(end > start);
          next = end;
        }
        assert.equal(next, grid.pieces);
        assert.ok(grid.width <= Math.max(width, LIMITS.maxPitch));
        assert.ok(grid.height <= 240);
        assert.ok(grid.columns * grid.rows >= grid.cells);
      }),
    );
  });

  it('finds each cell at its corner and in the gap after it', () => {
    fc.assert(
      fc.property(layouts, fc.nat(), ({ grid }, pick) => {
        fc.pre(grid.cells > 0);
        const cell = pick % grid.cells;
        const { x, y } = cornerOf(grid, cell);
        assert.equal(cellAt(grid, x, y), cell);
        assert.equal(cellAt(grid, x + grid.pitch - 1, y + grid.pitch - 1), cell);
      }),
    );
  });

  it('has no cell outside itself or after the last one', () => {
    const grid = layoutPieces(10, 80, 240, LIMITS);
    assert.equal(grid.columns, 4);
    assert.equal(cellAt(grid, -1, 0), null);
    assert.equal(cellAt(grid, 0, -1), null);
    assert.equal(cellAt(grid, 80, 0), null);
    assert.equal(cellAt(grid, 41, 41), null);
    assert.equal(cellAt(grid, 0, 60), null);
  });

  it('uses a cell for several pieces only if they do not fit', () => {
    assert.equal(layoutPieces(10_000, 1000, 240, LIMITS).piecesPerCell, 1);
    assert.equal(layoutPieces(10_000, 400, 240, LIMITS).piecesPerCell, 2);
  });

  it('is never left by a key', () => {
    const keys = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End');
    fc.assert(
      fc.property(layouts, fc.array(keys, { maxLength: 40 }), ({ grid }, pressed) => {
        fc.pre(grid.cells > 0);
        let cell = 0;
        for (const key of pressed) cell = cellAfterKey(grid, cell, key) ?? -1;
        assert.ok(cell >= 0 && cell < grid.cells);
      }),
    );
    const grid = layoutPieces(10, 80, 240, LIMITS);
    assert.equal(cellAfterKey(grid, 1, 'ArrowDown'), 5);
    assert.equal(cellAfterKey(grid, 5, 'ArrowUp'), 1);
    assert.equal(cellAfterKey(grid, 5, 'ArrowLeft'), 4);
    assert.equal(cellAfterKey(grid, 7, 'ArrowDown'), 7);
    assert.equal(cellAfterKey(grid, 3, 'End'), 9);
    assert.equal(cellAfterKey(grid, 3, 'a'), null);
  });

  it('lists the changed cells, or all without a comparable earlier grid', () => {
    const before = Uint8Array.of(0, 1, 2, 3);
    assert.deepEqual(changedCells(before, Uint8Array.of(0, 2, 2, 4)), [1, 3]);
    assert.deepEqual(changedCells(before, before.slice()), []);
    assert.deepEqual(changedCells(null, Uint8Array.of(0, 0)), [0, 1]);
    assert.deepEqual(changedCells(before, Uint8Array.of(0, 1)), [0, 1]);
  });
});
