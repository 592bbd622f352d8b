import { backOffMs } from '../program/index.js';
import { RateMeter } from './rate-meter.js';

/** Files in flight from one source: initially, after a stall, and at most. Each is an open channel. */
const INITIAL_FILES = 64;
const MIN_FILES = 4;
const MAX_FILES = 512;
/** Bytes in flight from one source, beyond its first file: larger files need fewer requests to fill a link. */
const MAX_BYTES = 8 * 1024 * 1024;
/** A source without a file for this long loses its files to one that is */
const BEHIND_AFTER_MS = 1000;
/** this many times as fast, */
const BEHIND = 4;
/** and after this long to one that is not known to be slow; half as long after each file that was taken back. */
const UNTRIED_AFTER_MS = 2000;
const MIN_UNTRIED_MS = 500;
/**
 * A source that lost files gets none that others can deliver for this long; doubled each time, until it delivers one.
 */
const REST_MS = 2000;
const MAX_REST_MS = 60_000;
/**
 * A source that is silent for this long is given up until the tracker names it again; a busy one may take that long.
 */
const DEAD_AFTER_MS = 30_000;
const RATE_TIME_MS = 2000;
/** Weight of the latest file. */
const LATEST = 1 / 8;

/** A file to request from a source, or to cancel. */
export interface Ask {
  readonly source: number;
  readonly file: number;
}

interface Wanted {
  readonly bytes: number;
  /** The known holders. */
  readonly holders: Set<number>;
  /** Holders that lost the file: they are asked again only if there is no other. */
  readonly slow: Set<number>;
}

interface Giver {
  readonly asked: Set<number>;
  readonly rate: RateMeter;
  bytesAsked: number;
  window: number;
  lastSignMs: number;
  /** Since when it has requests and has delivered nothing. */
  owesSinceMs: number;
  /** Mean time of its latest files; undefined if it has delivered none. */
  fileMs: number | undefined;
  /** Number of files that it lost since its last one, and until when others are preferred. */
  slips: number;
  slowUntilMs: number;
}

/**
 * Decides which of many small files to request from which source: each file from one source at a time, and many from
 * every source, so that no answer waits for the next request. The least busy holder is asked. The caller numbers
 * sources and files; it gets a file back (`takeStrays`) when no holder is left.
 */
export class SmallFilePlan {
  readonly #random: () => number;
  readonly #files = new Map<number, Wanted>();
  readonly #askedOf = new Map<number, number>();
  readonly #waiting = new Set<number>();
  readonly #givers = new Map<number, Giver>();
  #strays: number[] = [];

  /** @param random uniform in [0, 1): chooses among equally busy holders */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Number of files that are neither received nor given back. */
  get size(): number {
    return this.#files.size;
  }

  /** Adds a file with its holders. @throws Error if the file is wanted already */
  want(file: number, bytes: number, sources: Iterable<number>): void {
    if (this.#files.has(file)) throw new Error(`File ${file} is wanted already`);
    this.#files.set(file, { bytes, holders: new Set(sources), slow: new Set() });
    this.#waiting.add(file);
    this.#settle(file);
  }

  /** The requests to send now. */
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

  /** A source is alive; `bytes` of file data arrived. */
  heard(source: number, bytes: number, nowMs: number): void {
    const giver = this.#givers.get(source);
    if (!giver) return;
    giver.lastSignMs = nowMs;
    if (bytes > 0) giver.rate.add(bytes, nowMs);
  }

  /** This end holds back the requests to a source, so its silence does not count. */
  held(source: number, nowMs: number): void {
    const giver = this.#givers.get(source);
    if (giver) giver.owesSinceMs = giver.lastSignMs = nowMs;
  }

  /** A file is complete and verified. */
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

  /** A file is no longer wanted. */
  forget(file: number): void {
    this.#takeBack(file);
    this.#files.delete(file);
    this.#waiting.delete(file);
  }

  /** A source does not have the file after all. */
  refused(source: number, file: number): void {
    const wanted = this.#files.get(file);
    if (!wanted) return;
    if (this.#askedOf.get(file) === source) this.#takeBack(file);
    wanted.holders.delete(source);
    this.#settle(file);
  }

  /** Removes a source that is lost or sent wrong data. Returns its requested files. */
  drop(source: number): number[] {
    const asked = [...(this.#givers.get(source)?.asked ?? [])];
    for (const [file, { holders }] of this.#files) if (holders.has(source)) this.refused(source, file);
    this.#givers.delete(source);
    return asked;
  }

  /**
   * Takes back files that another idle source would deliver long before. Call it several times a second. Only whole
   * files count, so a source that trickles keeps none. The caller must drop the dead sources.
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
      giver.slowUntilMs = nowMs + backOffMs(giver.slips++, REST_MS, MAX_REST_MS);
    }
    return { withdrawn, dead };
  }

  /** Returns files without a holder, and forgets them. */
  takeStrays(): number[] {
    const strays = this.#strays;
    this.#strays = [];
    return strays;
  }

  /** Number of files in flight from a source. */
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

  /** The source to ask for a file: the least busy of the most promising ones; none while a delivering one is full. */
  #leastBusy(wanted: Wanted, nowMs: number): number | undefined {
    let best: number | undefined;
    let least = Infinity;
    for (const source of wanted.holders) {
      const giver = this.#givers.get(source);
      const hasPlace = !giver || hasRoom(giver, wanted);
      if (!hasPlace && giver.fileMs === undefined) continue;
      const isSlow = wanted.slow.has(source) || (giver && giver.slowUntilMs > nowMs);
      // A file that was taken back goes to a source that has delivered, if there is one.
      const doubts = isSlow ? 2 : wanted.slow.size > 0 && giver?.fileMs === undefined ? 1 : 0;
      const busy = doubts * 2 * MAX_FILES + (hasPlace ? (giver?.asked.size ?? 0) + this.#random() : MAX_FILES + 1);
      if (busy >= least) continue;
      least = busy;
      best = hasPlace ? source : undefined;
    }
    return best;
  }

  /** Whether another source is idle and would deliver a file of this one long before it. */
  #hasBetter(source: number, { owesSinceMs, rate, fileMs }: Giver, wanted: Wanted, nowMs: number): boolean {
    const overdueMs = nowMs - owesSinceMs;
    if (overdueMs <= MIN_UNTRIED_MS) return false;
    // it may have to be connected first
    const behindAfterMs = fileMs === undefined ? UNTRIED_AFTER_MS : BEHIND_AFTER_MS;
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

  /** Cancels the request for a file. Returns its source. */
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
