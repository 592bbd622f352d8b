/// <reference lib="dom" />
import { sizeCanvas } from '../page/dom.js';
import type { Theme } from '../page/theme.js';
import { cellAt, changedCells, cornerOf, layoutPieces, type PieceGrid } from './piece-layout.js';
import { looksOf, type PieceFacts } from './piece-looks.js';
import { type CellStyle, createSprites, type Sprites } from './piece-sprites.js';

/** In CSS pixels. */
const HEIGHT = 300;
const MIN_PITCH = 4;
/** High contrast distinguishes by shape, which needs room. */
const MIN_PITCH_OUTLINED = 10;
const MAX_PITCH = 20;
/** A smaller cell has no room for a pattern. */
const PATTERN_SIDE = 6;
/** From this number of changed cells on, one copy of all rows between them is cheaper than a copy for each. */
const MANY = 64;

/** The position of a cell in CSS pixels, from the upper left corner of the map. */
export interface CellBox {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** Draws the pieces: copies prepared cells into an image, and updates only what changed. */
export class PieceMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #theme: Theme;
  #width = 0;
  #pixel = 1;
  #facts: PieceFacts = { pieces: new Uint8Array(), isHeldKnown: false };
  #grid: PieceGrid | null = null;
  #looks: Uint8Array | null = null;
  #sprites: Sprites | null = null;
  #image: ImageData | null = null;
  #picture = new Uint32Array();

  constructor(canvas: HTMLCanvasElement, theme: Theme) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('No canvas to draw on');
    this.#canvas = canvas;
    this.#context = context;
    this.#theme = theme;
  }

  get grid(): PieceGrid | null {
    return this.#grid;
  }

  /** The current style; a new object after each change. */
  get style(): CellStyle | null {
    return this.#sprites?.style ?? null;
  }

  get facts(): PieceFacts {
    return this.#facts;
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#grid = null;
  }

  /** Sets the available width in CSS pixels; the next `draw` draws everything. */
  setWidth(width: number): void {
    if (width === this.#width && devicePixelRatio === this.#pixel) return;
    this.#width = width;
    this.#pixel = devicePixelRatio;
    this.#grid = null;
  }

  /** Draws the changed cells. Returns their number. */
  draw(facts: PieceFacts): number {
    if (this.#width === 0) return 0;
    const { length } = facts.pieces;
    const again = this.#grid === null || this.#grid.pieces !== length;
    this.#facts = facts;
    const grid = again || this.#grid === null ? this.#layOut(length) : this.#grid;
    if (grid.cells === 0) return 0;
    const looks = looksOf(grid, facts);
    const changed = changedCells(this.#looks, looks);
    this.#looks = looks;
    for (const cell of changed) this.#copy(grid, cell, looks[cell] ?? 0);
    this.#show(grid, changed);
    return changed.length;
  }

  /** The cell at a point in CSS pixels. */
  cellAt(x: number, y: number): number | null {
    return this.#grid === null ? null : cellAt(this.#grid, x * this.#pixel, y * this.#pixel);
  }

  boxOf(cell: number): CellBox | null {
    if (this.#grid === null) return null;
    const { x, y } = cornerOf(this.#grid, cell);
    return { x: x / this.#pixel, y: y / this.#pixel, side: this.#grid.side / this.#pixel };
  }

  #layOut(pieces: number): PieceGrid {
    const pixel = this.#pixel;
    const minPitch = Math.round((this.#theme.highContrast ? MIN_PITCH_OUTLINED : MIN_PITCH) * pixel);
    const limits = { minPitch, maxPitch: Math.round(MAX_PITCH * pixel), gap: Math.max(1, Math.round(pixel)) };
    const grid = layoutPieces(pieces, Math.floor(this.#width * pixel), Math.floor(HEIGHT * pixel), limits);
    const width = Math.max(1, grid.width);
    const height = Math.max(1, grid.height);
    if (!sizeCanvas(this.#canvas, width, height)) this.#context.clearRect(0, 0, width, height);
    this.#image = this.#context.createImageData(width, height);
    this.#picture = new Uint32Array(this.#image.data.buffer);
    const patterned = grid.side >= PATTERN_SIDE * pixel;
    this.#sprites = createSprites({ side: grid.side, pixel, patterned, theme: this.#theme });
    this.#looks = null;
    this.#grid = grid;
    return grid;
  }

  #copy(grid: PieceGrid, cell: number, look: number): void {
    const sprite = this.#sprites?.pixels[look];
    if (sprite === undefined) return;
    const picture = this.#picture;
    const { side, width } = grid;
    const { x, y } = cornerOf(grid, cell);
    let from = 0;
    for (let row = y; row < y + side; row += 1) {
      const start = row * width + x;
      for (let to = start; to < start + side; to += 1) {
        picture[to] = sprite[from] ?? 0;
        from += 1;
      }
    }
  }

  #show(grid: PieceGrid, changed: readonly number[]): void {
    const first = changed[0];
    const last = changed.at(-1);
    if (this.#image === null || first === undefined || last === undefined) return;
    if (changed.length >= MANY) {
      const top = cornerOf(grid, first).y;
      const bottom = cornerOf(grid, last).y + grid.side;
      this.#context.putImageData(this.#image, 0, 0, 0, top, grid.width, bottom - top);
      return;
    }
    for (const cell of changed) {
      const { x, y } = cornerOf(grid, cell);
      this.#context.putImageData(this.#image, 0, 0, x, y, grid.side, grid.side);
    }
  }
}
