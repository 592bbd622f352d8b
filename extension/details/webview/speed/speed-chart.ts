/// <reference lib="dom" />
import { setAttribute, sizeCanvas } from '../page/dom.js';
import type { Formats } from '../page/format.js';
import type { Theme } from '../page/theme.js';
import { fill, type Words } from '../page/words.js';
import { HISTORY_SECONDS, type SpeedHistory, scaleEnd } from './speed-history.js';

/** In CSS pixels. */
const TOP = 8;
const BOTTOM = 20;
const FONT = 11;
const LABEL_GAP = 8;
/** Radius of the dot at the latest speed. */
const DOT = 3;

type Context = CanvasRenderingContext2D;
type Point = readonly [x: number, y: number];

/** Area of the line, in CSS pixels. */
interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly floor: number;
}

/** Draws the speed of the last five minutes as a line over a faint area, the latest on the right. */
export class SpeedChart {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: Context;
  #width = 0;
  #height = 0;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('No canvas to draw on');
    this.#canvas = canvas;
    this.#context = context;
  }

  /** In CSS pixels. */
  setSize(width: number, height: number): void {
    this.#width = Math.floor(width);
    this.#height = Math.floor(height);
  }

  draw(history: SpeedHistory, theme: Theme, words: Words, formats: Formats): void {
    const width = this.#width;
    const height = this.#height;
    if (width === 0 || height === 0) return;
    const scale = devicePixelRatio;
    const context = this.#context;
    sizeCanvas(this.#canvas, Math.round(width * scale), Math.round(height * scale));
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const end = scaleEnd(history.peak);
    const labels = [formats.speed(end), formats.speed(end / 2), formats.speed(0)];
    context.font = `${FONT}px ${theme.fontFamily}`;
    const left = Math.ceil(Math.max(...labels.map((label) => context.measureText(label).width))) + LABEL_GAP;
    const plot = { left, right: width - DOT, top: TOP, floor: height - BOTTOM };
    this.#drawScale(plot, theme, labels);
    this.#drawTimes(plot, theme, fill(words.speedMinutesAgo, formats.duration(HISTORY_SECONDS)), words.speedNow);
    this.#drawLine(plot, end, history.values, theme);
    const now = history.values.at(-1) ?? 0;
    const label = fill(words.speedChart, formats.speed(now), formats.speed(history.peak));
    setAttribute(this.#canvas, 'aria-label', label);
  }

  #drawScale({ left, right, top, floor }: Plot, theme: Theme, labels: readonly string[]): void {
    const context = this.#context;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = theme.muted;
    context.strokeStyle = theme.foreground;
    context.lineWidth = 1;
    for (const [index, label] of labels.entries()) {
      const isFloor = index === labels.length - 1;
      const y = Math.round(top + (index / (labels.length - 1)) * (floor - top)) + 0.5;
      context.fillText(label, left - LABEL_GAP, y);
      context.globalAlpha = theme.highContrast ? 1 : isFloor ? 0.35 : 0.14;
      context.setLineDash(isFloor ? [] : [2, 3]);
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(right, y);
      context.stroke();
      context.globalAlpha = 1;
    }
    context.setLineDash([]);
  }

  #drawTimes({ left, right }: Plot, theme: Theme, oldest: string, newest: string): void {
    const context = this.#context;
    context.fillStyle = theme.muted;
    context.textBaseline = 'bottom';
    context.textAlign = 'left';
    context.fillText(oldest, left, this.#height - 1);
    context.textAlign = 'right';
    context.fillText(newest, right, this.#height - 1);
  }

  #drawLine({ left, right, top, floor }: Plot, end: number, values: readonly (number | null)[], theme: Theme): void {
    const context = this.#context;
    const step = (right - left) / (HISTORY_SECONDS - 1);
    const offset = HISTORY_SECONDS - values.length;
    const heightOf = (value: number): number => floor - (value / end) * (floor - top);
    let run: Point[] = [];
    for (let index = 0; index <= values.length; index += 1) {
      const value = values[index] ?? null;
      if (value !== null) run.push([left + (offset + index) * step, heightOf(value)]);
      else if (run.length > 0) {
        this.#drawRun(run, floor, theme);
        run = [];
      }
    }
    const newest = values.at(-1);
    if (newest === null || newest === undefined) return;
    context.fillStyle = theme.verified;
    context.beginPath();
    context.arc(right, heightOf(newest), DOT, 0, 2 * Math.PI);
    context.fill();
  }

  #drawRun(run: readonly Point[], floor: number, theme: Theme): void {
    const context = this.#context;
    const line = new Path2D();
    for (const [x, y] of run) line.lineTo(x, y);
    if (!theme.highContrast) {
      const area = new Path2D(line);
      area.lineTo(run.at(-1)?.[0] ?? 0, floor);
      area.lineTo(run[0]?.[0] ?? 0, floor);
      context.globalAlpha = 0.14;
      context.fillStyle = theme.verified;
      context.fill(area);
      context.globalAlpha = 1;
    }
    context.strokeStyle = theme.verified;
    context.lineWidth = theme.highContrast ? 2 : 1.5;
    context.lineJoin = 'round';
    context.stroke(line);
  }
}
