import type { Bitfield } from '../bitfield.js';
import { RequestPipeline, type SourceWindowOptions } from './request-pipeline.js';

/** A source's name, chosen by the caller: one and the same for as long as it should be remembered (and stay banned). */
export type SourceId = number;

/**
 * What may be asked of a source. `since` is when it came to this. Times are the caller's, in milliseconds.
 * - connecting: known, nothing can be asked yet
 * - ready: gets requests
 * - snubbed: it stalled; gets none until `until`, or until bytes come after all
 * - gone: it left, and may come back
 * - banned: it sent what it should not have; for good
 */
export type SourceState =
  | { readonly name: 'connecting'; readonly since: number }
  | { readonly name: 'ready'; readonly since: number }
  | { readonly name: 'snubbed'; readonly since: number; readonly until: number }
  | { readonly name: 'gone'; readonly since: number }
  | { readonly name: 'banned'; readonly since: number };

export interface BackoffLimits {
  /** How long a source that stalls is left alone the first time; doubled each time after. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export interface SourceStats {
  readonly state: SourceState;
  /** Pieces in flight from it. */
  readonly inFlight: number;
  readonly bytesPerSecond: number;
  /** Data received from it. */
  readonly bytes: number;
  /** Pieces verified that came from it. */
  readonly pieces: number;
}

/** One source of a download: its state, what it has, what is asked of it, what came from it. */
export class DownloadSource {
  readonly id: SourceId;
  /** Whose it is, if that is known: the devices of one user are likely to be alike. */
  readonly owner: string | undefined;
  /** Pieces in flight from it, in the order in which they were asked for, and when that was. */
  readonly requests = new Map<number, number>();
  readonly window: RequestPipeline;
  /** Data received, whatever became of it. */
  bytes = 0;
  /** Pieces verified that were its work. */
  pieces = 0;
  /** Whether the last look found nothing to ask of it: spares looking again until something changes. */
  exhausted = false;
  /** Whether it is in the midst of an answer, and not just busy with others. */
  isAnswering = false;
  /** Whether another one brought what it had owed for long, and it brought nothing since. */
  isOvertaken = false;
  /** How much came of the answer that it began last. */
  answeredBytes = 0;
  /** Whether the last look found nothing that waits elsewhere to ask of it, either. */
  idle = false;
  #state: SourceState;
  #has: Bitfield | undefined;
  /** How often it stalled, or left while it had owed something for long, since the last piece verified. */
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

  /** Whether there may be something to ask of it: it is not as busy as it may be, or does nothing and might help out. */
  get mayTakeMore(): boolean {
    if (this.#state.name !== 'ready') return false;
    const { size } = this.requests;
    const { windowPieces, lotPieces } = this.window;
    return (!this.exhausted && size + lotPieces <= windowPieces) || (size === 0 && !this.idle);
  }

  /** Whether it failed the last time: what others can give is asked of them, until it shows that it gives after all. */
  get isDoubtful(): boolean {
    return this.#failures > 0;
  }

  stats(nowMs: number): SourceStats {
    const { state, requests, window, bytes, pieces } = this;
    return { state, inFlight: requests.size, bytesPerSecond: window.bytesPerSecond(nowMs), bytes, pieces };
  }

  /** When it counts as stalled, or its back-off ends, unless something happens before; Infinity if neither will be. */
  expiresAtMs({ stallMs, waitMs }: { readonly stallMs: number; readonly waitMs: number }): number {
    if (this.#state.name === 'snubbed') return this.#state.until;
    return (this.window.idleSince ?? Infinity) + (this.isAnswering ? stallMs : waitMs);
  }

  /** The pieces it has; undefined unless it is ready or snubbed. */
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
    const pauseMs = Math.min(backoffMs * 2 ** this.#failures, maxBackoffMs);
    this.#state = { name: 'snubbed', since: nowMs, until: nowMs + pauseMs };
    this.#failures += 1;
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

  /** connecting, ready, snubbed -> gone. @param owedSomething whether it had owed something for long */
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

  /** A piece from it proved right: a stall, if there was one, is over. */
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
