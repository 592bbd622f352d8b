/// <reference lib="dom" />
import { byId, setText } from '../page/dom.js';
import { createFormats, type Formats } from '../page/format.js';
import { ENGLISH_WORDS, type Words } from '../page/words.js';
import { cellAfterKey } from './piece-layout.js';
import type { PieceMap } from './piece-map.js';
import { describeCell } from './piece-words.js';

/** Distance between a cell and its tooltip, in CSS pixels. */
const DISTANCE = 8;

/** Describes the piece under the pointer, or the one that the arrow keys selected. */
export class MapPointer {
  readonly #map: PieceMap;
  readonly #host = byId('map', HTMLElement);
  readonly #cursor = byId('map-cursor', HTMLElement);
  readonly #tip = byId('map-tip', HTMLElement);
  readonly #name = byId('map-tip-name', HTMLElement);
  readonly #facts = byId('map-tip-facts', HTMLElement);
  readonly #spoken = byId('spoken-piece', HTMLElement);
  #words: Words = ENGLISH_WORDS;
  #formats: Formats = createFormats('en', ENGLISH_WORDS);
  /** The cell of the keyboard, kept while the map is not focused. */
  #reached = 0;
  #shown: number | null = null;

  constructor(map: PieceMap) {
    this.#map = map;
    this.#host.addEventListener('pointermove', (event) => {
      const box = this.#host.getBoundingClientRect();
      this.#show(map.cellAt(event.clientX - box.left, event.clientY - box.top));
    });
    this.#host.addEventListener('pointerleave', () => this.#show(null));
    this.#host.addEventListener('keydown', (event) => this.#onKey(event));
    this.#host.addEventListener('focus', () => {
      if (!this.#host.matches(':focus-visible')) return;
      this.#show(Math.min(this.#reached, (map.grid?.cells ?? 1) - 1));
      this.#speak();
    });
    this.#host.addEventListener('blur', () => this.#show(null));
  }

  setWords(words: Words, formats: Formats): void {
    this.#words = words;
    this.#formats = formats;
    this.update();
  }

  /** Updates an open tooltip. */
  update(): void {
    const cells = this.#map.grid?.cells ?? 0;
    this.#show(this.#shown !== null && this.#shown < cells ? this.#shown : null);
  }

  #onKey(event: KeyboardEvent): void {
    const { grid } = this.#map;
    if (grid === null || grid.cells === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') this.#show(null);
    const cell = cellAfterKey(grid, Math.min(this.#shown ?? this.#reached, grid.cells - 1), event.key);
    if (cell === null) return;
    event.preventDefault();
    this.#reached = cell;
    this.#show(cell);
    this.#speak();
  }

  #show(cell: number | null): void {
    const box = cell === null || cell < 0 ? null : this.#map.boxOf(cell);
    const { grid, facts: known } = this.#map;
    this.#shown = box === null ? null : cell;
    this.#cursor.hidden = box === null;
    this.#tip.hidden = box === null;
    if (box === null || cell === null || grid === null) return;
    const [name, facts] = describeCell(grid, cell, known, this.#words, this.#formats);
    setText(this.#name, name);
    setText(this.#facts, facts);
    this.#cursor.style.transform = `translate(${box.x}px, ${box.y}px)`;
    this.#cursor.style.width = `${box.side}px`;
    this.#cursor.style.height = `${box.side}px`;
    const room = this.#host.clientWidth - this.#tip.offsetWidth;
    const left = Math.max(0, Math.min(room, box.x + box.side / 2 - this.#tip.offsetWidth / 2));
    const above = box.y - this.#tip.offsetHeight - DISTANCE;
    const fits = this.#host.getBoundingClientRect().top + above >= 0;
    this.#tip.style.transform = `translate(${left}px, ${fits ? above : box.y + box.side + DISTANCE}px)`;
  }

  #speak(): void {
    if (!this.#tip.hidden) setText(this.#spoken, `${this.#name.textContent}: ${this.#facts.textContent}`);
  }
}
