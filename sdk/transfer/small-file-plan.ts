import { RateMeter } from './rate-meter.js';

/** Files asked for and not there yet, a source: to begin with, after a stall, and at most. Every one is an open channel. */
const INITIAL_FILES = 64;
const MIN_FILES = 4;
const MAX_FILES = 512;
/** Bytes asked for and not there yet, a source, beyond the first file: larger files need fewer at once to fill a line. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A source that brings no file for so long gives way to one that would have brought it long before, */
const BEHIND_AFTER_MS = 1000;
/** so many times as fast as it, */
const BEHIND = 4;
/** and after so long to one that is not known to be slow; half as long each time that a file was taken back before. */
const UNTRIED_AFTER_MS = 2000;
const MIN_UNTRIED_MS = 500;
/** From whom files were taken back gets none that others can give for so long; doubled each time, until it brings one. */
const REST_MS = 2000;
const MAX_REST_MS = 60_000;
/** As long as a source may be busy with others: then it is given up, until the tracker names it again. */
const DEAD_AFTER_MS = 30_000;
const RATE_TIME_MS = 2000;
/** How much the latest file says about how long the next one takes. */
const LATEST = 1 / 8;

/** A file to be asked for at a source, or not any more. */
export interface Ask {
  readonly source: number;
  readonly file: number;
}

interface Wanted {
  readonly bytes: number;
  /** Who may be asked, as far as is known. */
  readonly holders: Set<number>;
  /** From whom it was taken back: they are asked again when there is nobody else. */
  readonly slow: Set<number>;
}

interface Giver {
  readonly asked: Set<number>;
  readonly rate: RateMeter;
  bytesAsked: number;
  window: number;
  lastSignMs: number;
  /** Since when it owes files and has brought none. */
  owesSinceMs: number;
  /** How long it took for its last files, each; undefined while it has brought none. */
  fileMs: number | undefined;
  /** How often files were taken back from it since it brought the last one, and until when others are asked instead. */
  slips: number;
  slowUntilMs: number;
}

/**
 * What to ask of whom where many small files are wanted at once: each of one source at a time, many of every source, so
 * that no answer waits for the next question. Who holds a file and is least busy is asked. Sources and files are numbers
 * that the caller gives; it is told of a file again (`takeStrays`) when nobody is left who might have it.
 */
export class SmallFilePlan {
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
    this.#files.set(file, { bytes, holders: new Set(sources), slow: new Set() });
    this.#waiting.add(file);
    this.#settle(file);
  }

  /** Asks for as much as sources take now. */
  assign(nowMs: number): Ask[] {
    const asks: Ask[] = [];
    for (const file of this.#waiting) {
      const wanted = this.#files.get(file);
      const source = wanted && this.#leastBusy(wanted, nowMs);
      if (!wanted || source === undefined) continue;
      this.#waiting.delete(file);
      this.#askedOf.set(file, source);
      const giver = this.#giver(source, nowMs);
      if (giver.asked.size === 0) giver.owesSinceMs = giver.lastSignMs = nowMs;
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

  /** What was asked of the source is held back here: its silence is no fault of its own. */
  held(source: number, nowMs: number): void {
    const giver = this.#givers.get(source);
    if (giver) giver.owesSinceMs = giver.lastSignMs = nowMs;
  }

  /** The file is there, and is right. */
  received(file: number, nowMs: number): void {
    const source = this.#takeBack(file);
    this.#files.delete(file);
    this.#waiting.delete(file);
    const giver = source === undefined ? undefined : this.#givers.get(source);
    if (!giver) return;
    giver.window = Math.min(MAX_FILES, giver.window + 1);
    const tookMs = nowMs - giver.owesSinceMs;
    giver.fileMs = giver.fileMs === undefined ? tookMs : giver.fileMs + (tookMs - giver.fileMs) * LATEST;
    giver.owesSinceMs = nowMs;
    giver.slips = 0;
    giver.slowUntilMs = -Infinity;
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

  /**
   * Takes back what sources owe and another one would bring long before, once there is nothing else to ask of that one; to be
   * called some times a second. Whole files count: who sends a byte now and then keeps none. Those that are dead are to be dropped.
   */
  expire(nowMs: number): { withdrawn: Ask[]; dead: number[] } {
    const withdrawn: Ask[] = [];
    const dead: number[] = [];
    for (const [source, giver] of this.#givers) {
      if (giver.asked.size === 0) continue;
      if (nowMs - giver.lastSignMs > DEAD_AFTER_MS) {
        dead.push(source);
        continue;
      }
      const before = withdrawn.length;
      for (const file of [...giver.asked]) {
        const wanted = this.#files.get(file);
        if (!wanted || !this.#hasBetter(source, giver, wanted, nowMs)) continue;
        this.#takeBack(file);
        wanted.slow.add(source);
        withdrawn.push({ source, file });
      }
      if (withdrawn.length === before) continue;
      giver.window = MIN_FILES;
      giver.slowUntilMs = nowMs + Math.min(MAX_REST_MS, REST_MS * 2 ** giver.slips++);
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
    const giver: Giver = {
      ...{ asked: new Set(), rate, bytesAsked: 0, window: INITIAL_FILES },
      ...{ lastSignMs: nowMs, owesSinceMs: nowMs, fileMs: undefined, slips: 0, slowUntilMs: -Infinity },
    };
    this.#givers.set(source, giver);
    return giver;
  }

  /** Who is to be asked for a file: of those most likely to give it, who is least busy; nobody while one is full who gives. */
  #leastBusy(wanted: Wanted, nowMs: number): number | undefined {
    let best: number | undefined;
    let least = Infinity;
    for (const source of wanted.holders) {
      const giver = this.#givers.get(source);
      const hasPlace = !giver || hasRoom(giver, wanted);
      if (!hasPlace && giver.fileMs === undefined) continue;
      const isSlow = wanted.slow.has(source) || (giver && giver.slowUntilMs > nowMs);
      // What was taken back goes to one who has shown that it gives, if there is one.
      const doubts = isSlow ? 2 : wanted.slow.size > 0 && giver?.fileMs === undefined ? 1 : 0;
      const busy = doubts * 2 * MAX_FILES + (hasPlace ? (giver?.asked.size ?? 0) + this.#random() : MAX_FILES + 1);
      if (busy >= least) continue;
      least = busy;
      best = hasPlace ? source : undefined;
    }
    return best;
  }

  /** Whether another source has nothing to do but to wait for what this one owes, and would bring a file of it long before. */
  #hasBetter(source: number, { owesSinceMs, rate, fileMs }: Giver, wanted: Wanted, nowMs: number): boolean {
    const overdueMs = nowMs - owesSinceMs;
    if (overdueMs <= MIN_UNTRIED_MS) return false;
    const behindAfterMs = fileMs === undefined ? UNTRIED_AFTER_MS : BEHIND_AFTER_MS; // it may have to be connected to
    const leftMs = Math.max(overdueMs, (wanted.bytes * 1000) / rate.bytesPerSecond(nowMs));
    const untriedAfterMs = Math.max(MIN_UNTRIED_MS, UNTRIED_AFTER_MS / 2 ** wanted.slow.size);
    for (const other of wanted.holders) {
      if (other === source) continue;
      const giver = this.#givers.get(other);
      if (giver && (giver.slowUntilMs > nowMs || !hasRoom(giver, wanted))) continue;
      if (giver?.fileMs !== undefined) {
        if (overdueMs > behindAfterMs && leftMs > BEHIND * giver.fileMs) return true;
      } else if (!wanted.slow.has(other) && (giver?.asked.size ?? 0) === 0) {
        if (overdueMs > untriedAfterMs && leftMs > 2 * UNTRIED_AFTER_MS) return true;
      }
    }
    return false;
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

function hasRoom({ asked, window, bytesAsked }: Giver, { bytes }: Wanted): boolean {
  return asked.size < window && (asked.size === 0 || bytesAsked + bytes <= MAX_BYTES);
}
