import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { PIECE_BYTES } from '../../sdk/protocol/index.js';
import { Bitfield, DownloadPlan } from '../../sdk/transfer/index.js';
import { seeded } from '../support/seeded.js';
import { type Curve, plotCurves } from './plot.js';

/**
 * Measures the cost of decisions: processor time per piece of a whole download, from its request to its HAVE, without I/O. Half of the
 * sources have all pieces. The others have a random half, and announce the rest piece by piece.
 */

const HELP = `npm run bench -- picking [--svg FILE]
Prints microseconds of CPU a piece for 10 to 500 sources, 100 to 200,000 pieces, and 1 to 100 files at once; draws them to FILE.
`;

const SOURCES = [10, 20, 50, 100, 200, 500];
const PIECES = [100, 1000, 10_000, 100_000, 200_000];
const FILES = [1, 10, 100];
/** Minimum number of pieces per figure. */
const ENOUGH_PIECES = 4000;
/** Maximum number of pieces of a large file: the cost per piece is known by then. */
const MOST_PIECES = 20_000;

const { values } = parseArgs({ options: { svg: { type: 'string' }, help: { type: 'boolean', default: false } } });

function measureAll(): void {
  measure(50, 1000, 1); // warms up
  const curves: Curve[] = PIECES.map((pieces) => ({
    name: `${pieces.toLocaleString('en')} pieces`,
    points: SOURCES.map((sources) => ({ x: sources, y: measure(sources, pieces, 1) })),
  }));
  const row = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
  row(['sources', ...curves.map(({ name }) => name)]);
  row(['---', ...curves.map(() => '---')]);
  for (const [index, sources] of SOURCES.entries())
    row([sources, ...curves.map(({ points }) => points[index]?.y.toFixed(1) ?? '')]);
  process.stdout.write('\n');
  row(['files at once, 1,000 pieces from 10 sources each', 'µs a piece']);
  row(['---', '---']);
  for (const files of FILES) row([files, measure(10, 1000, files).toFixed(1)]);
  if (values.svg === undefined) return;
  mkdirSync(dirname(values.svg), { recursive: true });
  writeFileSync(
    values.svg,
    plotCurves({ title: 'Deciding what to ask of whom', xLabel: 'sources', yLabel: 'µs of CPU a piece', curves }),
  );
}

/** Microseconds per piece. */
function measure(sources: number, pieceCount: number, files: number): number {
  let pieces = 0;
  let micros = 0;
  for (let seed = 1; pieces < ENOUGH_PIECES; seed++) {
    const downloads = Array.from({ length: files }, (_, file) => new Fetched(sources, pieceCount, seed * 1000 + file));
    const { user, system } = process.cpuUsage();
    for (let goesOn = true; goesOn; ) {
      goesOn = false;
      for (const download of downloads) goesOn = download.step() || goesOn;
    }
    const used = process.cpuUsage({ user, system });
    micros += used.user + used.system;
    pieces += downloads.reduce((sum, download) => sum + download.fetched, 0);
  }
  return micros / pieces;
}

/** A download whose requests are answered in order. */
class Fetched {
  readonly #plan: DownloadPlan;
  readonly #random: () => number;
  readonly #asked: { source: number; piece: number }[] = [];
  readonly #partial: readonly number[];
  readonly #pieceCount: number;
  #nowMs = 0;
  #next = 0;
  fetched = 0;

  constructor(sources: number, pieceCount: number, seed: number) {
    this.#pieceCount = pieceCount;
    this.#random = seeded(seed);
    const verified = new Bitfield(pieceCount);
    this.#plan = new DownloadPlan({ pieceCount, pieceBytes: PIECE_BYTES, verified, random: this.#random });
    const all = new Bitfield(pieceCount).fill();
    for (let id = 0; id < sources; id++) {
      const has = new Bitfield(pieceCount);
      if (id % 2 === 1) for (let piece = 0; piece < pieceCount; piece++) if (this.#random() < 0.5) has.set(piece);
      this.#plan.addSource(id, 0);
      this.#plan.sourceReady(id, id % 2 === 0 ? all : has, 0);
    }
    this.#partial = Array.from({ length: sources >> 1 }, (_, index) => 2 * index + 1);
  }

  /** Fetches one piece, and lets half of the partial sources announce one. Returns false when the download has all pieces, or enough. */
  step(): boolean {
    this.#assign();
    const answer = this.#asked[this.#next++];
    if (answer === undefined || this.fetched >= MOST_PIECES) return false;
    const { source, piece } = answer;
    this.#nowMs += 1;
    if (!this.#plan.verified.has(piece)) {
      this.#plan.begun(source, piece, this.#nowMs);
      this.#plan.received(source, PIECE_BYTES, this.#nowMs);
      this.#plan.pieceVerified(source, piece, this.#nowMs);
      this.fetched += 1;
    }
    for (const id of this.#partial) {
      if (this.#random() < 0.5 && this.#plan.sourceHas(id, Math.floor(this.#random() * this.#pieceCount)))
        this.#assign();
    }
    return true;
  }

  #assign(): void {
    this.#asked.push(...this.#plan.assign(this.#nowMs));
  }
}

if (values.help) process.stdout.write(HELP);
else measureAll();
