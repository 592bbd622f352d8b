/// <reference lib="dom" />

import type { Theme } from '../page/theme.js';
import { LOOKS, Look } from './piece-looks.js';

type Context = CanvasRenderingContext2D;

/** How cells are drawn; lengths in device pixels. */
export interface CellStyle {
  readonly side: number;
  /** Length of a CSS pixel. */
  readonly pixel: number;
  /** Whether there is room for more than plain colour. */
  readonly patterned: boolean;
  readonly theme: Theme;
}

/** One drawn cell for each look: pixels row by row, `side` x `side` for each. */
export interface Sprites {
  readonly style: CellStyle;
  readonly pixels: readonly Uint32Array[];
}

/** Opacity of a missing piece by the number of its sources. */
const MISSING_SHARE = { [Look.oneSource]: 0.12, [Look.fewSources]: 0.2, [Look.manySources]: 0.34 } as const;

/** Opacity of a piece whose sources are unknown. */
const UNKNOWN_SHARE = 0.06;

function fillSquare(context: Context, side: number, colour: string, share = 1): void {
  context.globalAlpha = share;
  context.fillStyle = colour;
  context.fillRect(0, 0, side, side);
  context.globalAlpha = 1;
}

function fillHalf(context: Context, side: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(side, side);
  context.lineTo(0, side);
  context.fill();
}

function strokeLines(context: Context, colour: string, width: number, lines: readonly (readonly number[])[]): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (const [fromX = 0, fromY = 0, toX = 0, toY = 0] of lines) {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  }
  context.stroke();
}

function fillLower(context: Context, side: number, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(0, Math.round(side / 2), side, side);
}

function fillDot(context: Context, side: number, colour: string, least: number, share: number): void {
  const wanted = Math.round(side * share);
  const dot = Math.max(least, wanted - ((side - wanted) % 2));
  context.fillStyle = colour;
  context.fillRect((side - dot) / 2, (side - dot) / 2, dot, dot);
}

/** In high contrast, only shape distinguishes: empty, crossed out, dotted, half or fully filled. */
function paintOutlined(context: Context, look: Look, { side, theme, pixel }: CellStyle): void {
  const line = Math.max(1, Math.round(pixel));
  const cross = [
    [0, 0, side, side],
    [side, 0, 0, side],
  ];
  if (look === Look.verified) fillSquare(context, side, theme.foreground);
  else if (look === Look.inFlight) fillHalf(context, side, theme.foreground);
  else if (look === Look.partly) fillLower(context, side, theme.foreground);
  else if (look === Look.unknown) fillDot(context, side, theme.outline, line, 0.1);
  else if (look === Look.noSource) strokeLines(context, theme.outline, line, cross);
  else if (look === Look.fewSources) fillDot(context, side, theme.foreground, line, 0.2);
  else if (look === Look.manySources) fillDot(context, side, theme.foreground, line, 0.45);
  context.strokeStyle = theme.outline;
  context.lineWidth = line;
  context.strokeRect(line / 2, line / 2, side - line, side - line);
}

function hatch(context: Context, side: number, colour: string, pixel: number): void {
  const step = Math.max(3 * pixel, side / 3);
  const lines: number[][] = [];
  for (let at = step / 2; at < 2 * side; at += step) lines.push([at, 0, at - side, side]);
  strokeLines(context, colour, Math.max(1, pixel), lines);
}

/** Colour distinguishes, and also shape if there is room. */
function paintFilled(context: Context, look: Look, { side, theme, pixel, patterned }: CellStyle): void {
  if (look === Look.verified) fillSquare(context, side, theme.verified);
  else if (look === Look.inFlight) {
    fillSquare(context, side, theme.inFlight, patterned ? 0.35 : 1);
    if (patterned) fillHalf(context, side, theme.inFlight);
  } else if (look === Look.partly) {
    fillSquare(context, side, theme.verified, patterned ? 0.35 : 0.55);
    if (patterned) fillLower(context, side, theme.verified);
  } else if (look === Look.noSource) {
    fillSquare(context, side, theme.unavailable, patterned ? 0.2 : 0.7);
    if (patterned) hatch(context, side, theme.unavailable, pixel);
  } else if (look === Look.unknown) fillSquare(context, side, theme.foreground, UNKNOWN_SHARE);
  else fillSquare(context, side, theme.foreground, MISSING_SHARE[look]);
}

/** Draws one cell at the origin of the context. */
export function paintCell(context: Context, look: Look, style: CellStyle): void {
  const { side, theme, pixel, patterned } = style;
  context.save();
  context.beginPath();
  const round = theme.highContrast || !patterned ? 0 : Math.min(3 * pixel, side * 0.16);
  context.roundRect(0, 0, side, side, round);
  context.clip();
  if (theme.highContrast) paintOutlined(context, look, style);
  else paintFilled(context, look, style);
  context.restore();
}

/** Paints every look once, so that a frame only copies pixels. */
export function createSprites(style: CellStyle): Sprites {
  const { side } = style;
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side * LOOKS.length;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('No canvas to draw on');
  const pixels = LOOKS.map((look) => {
    context.setTransform(1, 0, 0, 1, 0, look * side);
    paintCell(context, look, style);
    return new Uint32Array(context.getImageData(0, look * side, side, side).data.buffer);
  });
  return { style, pixels };
}
