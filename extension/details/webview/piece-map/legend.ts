/// <reference lib="dom" />
import { byId, sizeCanvas } from '../page/dom.js';
import { Look } from './piece-looks.js';
import { type CellStyle, paintCell } from './piece-sprites.js';

/** In CSS pixels. */
const SIDE = 12;

/** Explains the cells, drawn as on the map. */
export class Legend {
  readonly #host = byId('legend', HTMLElement);
  #drawn: CellStyle | null = null;

  /** `shared` if a cell stands for several pieces, some of which may be verified. */
  draw(style: CellStyle | null, shared: boolean): void {
    if (style === null || style === this.#drawn) return;
    this.#drawn = style;
    const side = Math.round(SIDE * style.pixel);
    const looks: Readonly<Record<string, Look | undefined>> = Look;
    for (const canvas of this.#host.querySelectorAll<HTMLCanvasElement>('canvas[data-look]')) {
      const look = looks[canvas.dataset.look ?? ''];
      const context = canvas.getContext('2d');
      if (look === undefined || context === null) continue;
      if (look === Look.partly && canvas.parentElement !== null) canvas.parentElement.hidden = !shared;
      sizeCanvas(canvas, side, side);
      context.clearRect(0, 0, side, side);
      paintCell(context, look, { ...style, side });
    }
  }
}
