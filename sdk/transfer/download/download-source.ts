import { backOffMs } from '../../program/index.js';
import type { Bitfield } from '../bitfield.js';
import { RequestPipeline, type SourceWindowOptions } from './request-pipeline.js';

/** An id that the caller chooses. The same id means the same source, so that a ban lasts. */
export type SourceId = number;

/**
 * The state of a source; `since` is its beginning. The caller gives all times in milliseconds.
 * - connecting: known, no requests yet
 * - ready: gets requests
 * - snubbed: stalled; gets no requests until `until`, or until data arrives
 * - gone: left, and may return
 * - banned: sent wrong data; permanent
 */
export type SourceState =
  | { readonly name: 'connecting'; readonly since: number }
  | { readonly name: 'ready'; readonly since: number }
  | { readonly name: 'snubbed'; readonly since: number; readonly until: number }
  | { readonly name: 'gone'; readonly since: number }
  | { readonly name: 'banned'; readonly since: number };

export interface BackoffLimits {
  /** Back-off after the first stall; doubled after each further one. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export interface SourceStats {
  readonly state: SourceState;
  /** Pieces in flight from it. */
  readonly inFlight: number;
  readonly bytesPerSecond: number;
  /** Received bytes. */
  readonly bytes: number;
  /** Verified pieces from it. */
  readonly pieces: number;
}

/** One source of a download: its state, its pieces, its requests, its statistics. */
export class DownloadSource {
  readonly id: SourceId;
  /** Its user, if known: the devices of one user probably behave alike. */
  readonly owner: string | undefined;
  /** Pieces in flight from it, in the order of the requests, with their times. */
  readonly requests = new Map<number, number>();
  readonly window: RequestPipeline;
  /** Received bytes, whether or not they were useful. */
  bytes = 0;
  /** Verified pieces from it. */
  pieces = 0;
  /** Whether the last search found nothing to request: no new search until something changes. */
  exhausted = false;
  /** Whether it is sending an answer, instead of being busy with others. */
  isAnswering = false;
  /** Whether another source delivered what this one had owed for long, and it delivered nothing since. */
  isOvertaken = false;
  /** Bytes of the latest answer. */
  answeredBytes = 0;
  /** Whether the last search found nothing to take over from others either. */
  idle = false;
  #state: SourceState;
  #has: Bitfield | undefined;
  /** Stalls, and disconnections with overdue requests, since the last verified piece. */
  #failures = 0;

  /** (new) -> connecting */
  constructor(id: SourceId, window: SourceWindowOptions, nowMs: number, owner?: string) {
    this.id = id;
    this.owner = owner;
    this.window = new RequestPipeline(window);
    this.#state = { name: 'connecting', since: nowMs };
  }

  get state(): SourceState {
    return this.#state;
  }

  /** Whether it may accept another request: its pipeline has room, or it is idle and may help out. */
  get mayTakeMore(): boolean {
    if (this.#state.name !== 'ready') return false;
    const { size } = this.requests;
    const { windowPieces, lotPieces } = this.window;
    return (!this.exhausted && size + lotPieces <= windowPieces) || (size === 0 && !this.idle);
  }

  /** Whether it failed last time: others are preferred until it delivers again. */
  get isDoubtful(): boolean {
    return this.#failures > 0;
  }

  stats(nowMs: number): SourceStats {
    const { state, requests, window, bytes, pieces } = this;
    return { state, inFlight: requests.size, bytesPerSecond: window.bytesPerSecond(nowMs), bytes, pieces };
  }

  /** When it stalls, or its back-off ends, if nothing happens before; Infinity for neither. */
  expiresAtMs({ stallMs, waitMs }: { readonly stallMs: number; readonly waitMs: number }): number {
    if (this.#state.name === 'snubbed') return this.#state.until;
    return (this.window.idleSince ?? Infinity) + (this.isAnswering ? stallMs : waitMs);
  }

  /** Its pieces; undefined unless it is ready or snubbed. */
  get has(): Bitfield | undefined {
    return this.#has;
  }

  /** gone -> connecting */
  reconnect(nowMs: number): void {
    this.#expect('gone');
    this.#state = { name: 'connecting', since: nowMs };
  }

  /** connecting -> ready */
  ready(has: Bitfield, nowMs: number): void {
    this.#expect('connecting');
    this.#state = { name: 'ready', since: nowMs };
    this.#has = has;
    this.exhausted = false;
    this.idle = false;
  }

  /** ready -> snubbed */
  snub({ backoffMs, maxBackoffMs }: BackoffLimits, nowMs: number): void {
    this.#expect('ready');
    const pauseMs = backOffMs(this.#failures++, backoffMs, maxBackoffMs);
    this.#state = { name: 'snubbed', since: nowMs, until: nowMs + pauseMs };
    this.isAnswering = false;
    this.window.onStall(nowMs);
  }

  /** snubbed -> ready */
  forgive(nowMs: number): void {
    this.#expect('snubbed');
    this.#state = { name: 'ready', since: nowMs };
    this.exhausted = false;
    this.idle = false;
  }

  /** connecting, ready, snubbed -> gone. @param owedSomething whether it had overdue requests */
  lose(nowMs: number, owedSomething = false): void {
    this.#expect('connecting', 'ready', 'snubbed');
    if (owedSomething) this.#failures += 1;
    this.#state = { name: 'gone', since: nowMs };
    this.#forgetPieces();
  }

  /** connecting, ready, snubbed, gone -> banned */
  ban(nowMs: number): void {
    this.#expect('connecting', 'ready', 'snubbed', 'gone');
    this.#state = { name: 'banned', since: nowMs };
    this.#forgetPieces();
  }

  /** A piece from it was verified, so it is no longer stalled. */
  creditPiece(): void {
    this.pieces += 1;
    this.#failures = 0;
    this.isOvertaken = false;
  }

  #forgetPieces(): void {
    this.#has = undefined;
    this.isAnswering = false;
  }

  #expect(...names: SourceState['name'][]): void {
    if (names.includes(this.#state.name)) return;
    throw new Error(`Source ${this.id} is ${this.#state.name}, and not ${names.join(' or ')}`);
  }
}
