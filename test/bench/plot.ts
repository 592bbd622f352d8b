export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 170;
const TOP = 48;
const BOTTOM = 56;
/** Beyond this ratio of its ends, an axis has no room for more than one tick a decade. */
const WIDE = 1000;
/** Curves are recognisable without colours, too: each has its name at its end. */
const COLOURS = ['#1f77b4', '#d95f02', '#2a9d5c', '#9b3fa0', '#555555', '#b8860b'];

/** Draws curves on two logarithmic axes as a self-contained picture. */
export function plotCurves({ title, xLabel, yLabel, curves }: Plot): string {
  const points = curves.flatMap((curve) => curve.points);
  const x = axis(
    points.map((point) => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = axis(
    points.map((point) => point.y),
    HEIGHT - BOTTOM,
    TOP,
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(LEFT, 26, title, 'start', 16),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, xLabel),
    `<g transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)">${text(0, 0, yLabel)}</g>`,
  ];
  for (const tick of x.ticks) {
    parts.push(line(x.at(tick), TOP, x.at(tick), HEIGHT - BOTTOM), text(x.at(tick), HEIGHT - BOTTOM + 18, short(tick)));
  }
  for (const tick of y.ticks) {
    parts.push(line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick)), text(LEFT - 6, y.at(tick) + 4, short(tick), 'end'));
  }
  let lowest = HEIGHT;
  const byEnd = [...curves.entries()].sort(([, one], [, other]) => end(one) - end(other));
  for (const [index, { name, points: own }] of byEnd) {
    const colour = COLOURS[index % COLOURS.length] ?? '#000000';
    const path = own.map((point) => `${round(x.at(point.x))},${round(y.at(point.y))}`).join(' ');
    parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const point of own)
      parts.push(`<circle cx="${round(x.at(point.x))}" cy="${round(y.at(point.y))}" r="3" fill="${colour}"/>`);
    lowest = Math.min(lowest - 16, y.at(own.at(-1)?.y ?? 1) + 4);
    parts.push(text(WIDTH - RIGHT + 10, lowest, name, 'start', 13, colour));
  }
  return `${[...parts, '</svg>'].join('\n')}\n`;
}

function end({ points }: Curve): number {
  return points.at(-1)?.y ?? 0;
}

/** A logarithmic axis with ticks at 1, 2 and 5 of each decade; a wide one has one tick each. */
function axis(values: readonly number[], from: number, to: number): { ticks: number[]; at: (value: number) => number } {
  const steps = Math.max(...values) / Math.min(...values) > WIDE ? [1] : [1, 2, 5];
  const all = Array.from({ length: 16 }, (_, decade) =>
    steps.map((step) => Number((step * 10 ** (decade - 6)).toPrecision(1))),
  ).flat();
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const first = all.filter((tick) => tick <= least).at(-1) ?? least;
  const last = all.find((tick) => tick >= most) ?? most;
  const scale = (to - from) / Math.max(1e-9, Math.log(last) - Math.log(first));
  return {
    ticks: all.filter((tick) => tick >= first && tick <= last),
    at: (value) => from + (Math.log(value) - Math.log(first)) * scale,
  };
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="#dddddd"/>`;
}

function text(x: number, y: number, words: string, anchor = 'middle', size = 13, colour = '#222222'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" fill="${colour}">${words}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** 20,000 as 20k, and 1,000,000 as 1M. */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 10_000 ? `${value / 1000}k` : `${value}`;
}
