import { RateMeter } from './rate-meter.js';

/** Files asked for and not there yet, a source: to begin with, after a stall, and at most. Every one is an open channel. */
const INITIAL_FILES = 64;
const MIN_FILES = 4;
const MAX_FILES = 512;
/** Bytes asked for and not there yet, a source, beyond the first file: larger files need fewer at once to fill a line. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A source that is silent for so long gives way to others that have the same file. */
const SLOW_AFTER_MS = 10_000;
/** As long as a source may be busy with others: then it is given up, until the tracker names it again. */
const DEAD_AFTER_MS = 30_000;
const RATE_TIME_MS = 2000;

/** A file to be asked for at a source, or not any more. */
export interface Ask {
  readonly source: number;
  readonly file: number;
}

interface Wanted {
  readonly bytes: number;
  /** Who may be asked, as far as is known. */
  readonly holders: Set<number>;
}

interface Giver {
  readonly asked: Set<number>;
  readonly rate: RateMeter;
  bytesAsked: number;
  window: number;
  lastSignMs: number;
}

/**
 * What to ask of whom where many small files are wanted at once: each of one source at a time, many of every source, so
 * that no answer waits for the next question. Who holds a file and is least busy is asked. Sources and files are numbers
 * that the caller gives; it is told of a file again (`takeStrays`) when nobody is left who might have it.
 */
export class BatchPlan {
  readonly #random: () => number;
  readonly #files = new Map<number, Wanted>();
  readonly #askedOf = new Map<number, number>();
  readonly #waiting = new Set<number>();
  readonly #givers = new Map<number, Giver>();
  #strays: number[] = [];

  /** @param random uniform in [0, 1): draws among those who are equally busy */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Files that are neither there nor given back. */
  get size(): number {
    return this.#files.size;
  }

  /** A file is wanted, of which these sources may be asked. @throws Error when it is wanted already */
  want(file: number, bytes: number, sources: Iterable<number>): void {
    if (this.#files.has(file)) throw new Error(`File ${file} is wanted already`);
    this.#files.set(file, { bytes, holders: new Set(sources) });
    this.#waiting.add(file);
    this.#settle(file);
  }

  /** Asks for as much as sources take now. */
  assign(nowMs: number): Ask[] {
    const asks: Ask[] = [];
    for (const file of this.#waiting) {
      const wanted = this.#files.get(file);
      const source = wanted && this.#leastBusy(wanted);
      if (!wanted || source === undefined) continue;
      this.#waiting.delete(file);
      this.#askedOf.set(file, source);
      const giver = this.#giver(source, nowMs);
      if (giver.asked.size === 0) giver.lastSignMs = nowMs;
      giver.asked.add(file);
      giver.bytesAsked += wanted.bytes;
      asks.push({ source, file });
    }
    return asks;
  }

  /** The source shows that it lives; `bytes` of file data came with it. */
  heard(source: number, bytes: number, nowMs: number): void {
    const giver = this.#givers.get(source);
    if (!giver) return;
    giver.lastSignMs = nowMs;
    if (bytes > 0) giver.rate.add(bytes, nowMs);
  }

  /** The file is there, and is right. */
  received(file: number): void {
    const source = this.#takeBack(file);
    this.#files.delete(file);
    this.#waiting.delete(file);
    const giver = source === undefined ? undefined : this.#givers.get(source);
    if (giver) giver.window = Math.min(MAX_FILES, giver.window + 1);
  }

  /** The file is not wanted any more. */
  forget(file: number): void {
    this.#takeBack(file);
    this.#files.delete(file);
    this.#waiting.delete(file);
  }

  /** The source does not have the file after all. */
  refused(source: number, file: number): void {
    const wanted = this.#files.get(file);
    if (!wanted) return;
    if (this.#askedOf.get(file) === source) this.#takeBack(file);
    wanted.holders.delete(source);
    this.#settle(file);
  }

  /** The source is not to be asked for any of these files any more: it is lost, or lies. What it was asked for. */
  drop(source: number): number[] {
    const asked = [...(this.#givers.get(source)?.asked ?? [])];
    for (const [file, { holders }] of this.#files) if (holders.has(source)) this.refused(source, file);
    this.#givers.delete(source);
    return asked;
  }

  /** Takes back what silent sources were asked for; to be called some times a second. Those that are dead are to be dropped. */
  expire(nowMs: number): { withdrawn: Ask[]; dead: number[] } {
    const withdrawn: Ask[] = [];
    const dead: number[] = [];
    for (const [source, giver] of this.#givers) {
      const silentMs = giver.asked.size > 0 ? nowMs - giver.lastSignMs : 0;
      if (silentMs > DEAD_AFTER_MS) dead.push(source);
      else if (silentMs > SLOW_AFTER_MS) {
        for (const file of [...giver.asked]) {
          if ((this.#files.get(file)?.holders.size ?? 0) < 2) continue;
          this.refused(source, file);
          withdrawn.push({ source, file });
        }
        giver.window = MIN_FILES;
      }
    }
    return { withdrawn, dead };
  }

  /** Files for which nobody is left to be asked: they are the caller's again. */
  takeStrays(): number[] {
    const strays = this.#strays;
    this.#strays = [];
    return strays;
  }

  /** How many files the source was asked for that are not there. */
  askedOf(source: number): number {
    return this.#givers.get(source)?.asked.size ?? 0;
  }

  bytesPerSecond(source: number, nowMs: number): number {
    return this.#givers.get(source)?.rate.bytesPerSecond(nowMs) ?? 0;
  }

  #giver(source: number, nowMs: number): Giver {
    const known = this.#givers.get(source);
    if (known) return known;
    const rate = new RateMeter(RATE_TIME_MS);
    rate.restart(nowMs);
    const giver: Giver = { asked: new Set(), rate, bytesAsked: 0, window: INITIAL_FILES, lastSignMs: nowMs };
    this.#givers.set(source, giver);
    return giver;
  }

  #leastBusy({ holders, bytes }: Wanted): number | undefined {
    let best: number | undefined;
    let least = Infinity;
    for (const source of holders) {
      const giver = this.#givers.get(source);
      if (giver && giver.asked.size >= giver.window) continue;
      if (giver && giver.asked.size > 0 && giver.bytesAsked + bytes > MAX_BYTES) continue;
      const busy = (giver?.asked.size ?? 0) + this.#random();
      if (busy >= least) continue;
      least = busy;
      best = source;
    }
    return best;
  }

  /** Nobody is asked for the file any more; who was. */
  #takeBack(file: number): number | undefined {
    const source = this.#askedOf.get(file);
    if (source === undefined) return undefined;
    this.#askedOf.delete(file);
    this.#waiting.add(file);
    const giver = this.#givers.get(source);
    if (giver?.asked.delete(file)) giver.bytesAsked -= this.#files.get(file)?.bytes ?? 0;
    return source;
  }

  #settle(file: number): void {
    if (this.#askedOf.has(file) || (this.#files.get(file)?.holders.size ?? 1) > 0) return;
    this.#files.delete(file);
    this.#waiting.delete(file);
    this.#strays.push(file);
  }
}
