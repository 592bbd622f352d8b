import { inReadingOrder, type PieceRange } from '../interleave.js';
import type { DownloadLimits } from './download-limits.js';
import type { DownloadSource } from './download-source.js';
import { takeOverForIdle } from './endgame.js';
import type { PeerList } from './peer-list.js';
import type { PiecePicker } from './piece-picker.js';
import type { PiecesInFlight } from './pieces-in-flight.js';
import type { AssignBounds, Assignment, Cancel } from './plan-messages.js';
import { findTimeCriticalPiece } from './time-critical.js';

/** From this number of peers on, pipelines are short if others download as well. */
const CROWD = 3;

export interface RequestAssignerParts {
  readonly pieceCount: number;
  readonly picker: PiecePicker;
  readonly peers: PeerList;
  readonly inFlight: PiecesInFlight;
  readonly limits: DownloadLimits;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Number of unverified pieces. */
  readonly missing: () => number;
}

/**
 * Assigns requests to peers. It examines only peers with a recent event ({@link wake}), because no other peer can
 * accept more.
 */
export class RequestAssigner {
  readonly #parts: RequestAssignerParts;
  /** Whether nobody else is known to download the file. */
  #isAlone = false;
  #readers: readonly PieceRange[] = [];
  #urgent: readonly number[] = [];
  #maxPieces = Infinity;
  #duplicates = true;
  #awake: Set<DownloadSource> | 'all' = 'all';

  constructor(parts: RequestAssignerParts) {
    this.#parts = parts;
  }

  /** Whether a reader waits for pieces. */
  get hasUrgent(): boolean {
    return this.#urgent.length > 0;
  }

  /**
   * Replaces the time-critical pieces: a range for each reader, from its position on.
   * @throws RangeError for pieces outside the file
   */
  setReaders(ranges: readonly PieceRange[]): void {
    const { picker, pieceCount } = this.#parts;
    for (const { first, end } of ranges) {
      if (!(first >= 0 && first <= end && end <= pieceCount))
        throw new RangeError(`There are no pieces ${first} to ${end} in a file of ${pieceCount}`);
    }
    this.#readers = ranges;
    this.#urgent = inReadingOrder(ranges);
    picker.setUrgent(this.#urgent);
    this.wakeAll();
  }

  /**
   * The pieces that come before others: those ahead of each reader, and in sequential order the next ones of the file.
   */
  get ahead(): readonly PieceRange[] {
    const { next } = this.#parts.picker;
    return next ? [...this.#readers, next] : this.#readers;
  }

  /** A peer may accept another request after an event. */
  wake(peer: DownloadSource): void {
    peer.idle = false;
    if (this.#awake !== 'all') this.#awake.add(peer);
  }

  wakeAll(): void {
    this.#awake = 'all';
  }

  /** The requests to send now, in order. Each piece counts as in flight afterwards. */
  assign(nowMs: number, { maxPieces = Infinity, duplicates = true }: AssignBounds): Assignment[] {
    const { peers, picker, inFlight, limits } = this.#parts;
    const assignments: Assignment[] = [];
    this.#keepTo(maxPieces, duplicates);
    const ready =
      this.#awake === 'all' ? peers.readyInTurn() : [...this.#awake].filter((one) => this.#mayTakeMore(one));
    this.#awake = new Set();
    if (ready.length === 0) return assignments;
    this.#isAlone = peers.haveEverything(nowMs);
    const isShared = !this.#isAlone && peers.present.length >= CROWD;
    for (const peer of ready) peer.window.isShared = isShared;
    const doubtful = ready.filter(({ isDoubtful }) => isDoubtful);
    // Doubtful peers need the state of all others.
    const able = doubtful.length > 0 ? peers.readyInTurn().filter(({ isDoubtful }) => !isDoubtful) : ready;
    this.#fillPipelines(able, nowMs, assignments);
    if (!peers.haveAbler) this.#fillPipelines(doubtful, nowMs, assignments);
    else if (doubtful.length > 0) this.wakeAll(); // their turn comes when the others find nothing more
    if (!duplicates) return assignments;
    const situation = {
      ...{ inFlight, limits, present: peers.present, isShared, nowMs },
      ...{ maxPieces, mayContest: picker.pickableCount === 0 },
    };
    takeOverForIdle(ready, situation, (peer, piece) => assignments.push(this.#ask(peer, piece, nowMs)));
    return assignments;
  }

  /** Makes a piece pickable again, unless it is requested elsewhere or being verified. */
  wantAgain(piece: number): void {
    const { inFlight, picker, peers } = this.#parts;
    if (inFlight.has(piece) || inFlight.isChecked(piece)) return;
    picker.markMissing(piece);
    for (const peer of peers.present) {
      if (!peer.has?.has(piece)) continue;
      peer.exhausted = false;
      this.wake(peer);
    }
  }

  /** Ends all requests to a peer. Returns them. */
  takeBack(peer: DownloadSource): Cancel[] {
    const cancels = Array.from(peer.requests.keys(), (piece) => ({ source: peer.id, piece }));
    for (const { piece } of cancels) {
      peer.window.onWithdrawn();
      this.wake(peer);
      peer.isAnswering = false;
      if (this.#parts.inFlight.remove(piece, peer)) this.wantAgain(piece);
    }
    return cancels;
  }

  /** Assigns one piece to each peer in turn, until pipelines or shares are full, or no peer has a piece to request. */
  #fillPipelines(ready: readonly DownloadSource[], nowMs: number, assignments: Assignment[]): void {
    const { peers, missing, inFlight, picker } = this.#parts;
    let bound: number | undefined;
    let asked: boolean;
    do {
      // A lower bound of every share; the exact share is calculated only for peers that reach it.
      const leastShare = Math.ceil(missing() / Math.max(1, peers.present.length));
      let share: number | undefined;
      bound = undefined;
      asked = false;
      for (const peer of ready) {
        const { size } = peer.requests;
        if (size >= Math.min(peer.window.windowPieces, this.#maxPieces)) continue;
        if (peer.exhausted && !this.hasUrgent) continue;
        if (size >= leastShare) {
          share ??= peers.shareOf(missing());
          if (size >= share) {
            bound = share;
            continue;
          }
        }
        const piece = this.#pickUrgent(peer) ?? this.#findTimeCritical(peer, nowMs) ?? this.#pick(peer);
        if (piece === undefined) continue;
        if (!inFlight.has(piece)) picker.markRequested(piece);
        assignments.push(this.#ask(peer, piece, nowMs));
        asked = true;
      }
    } while (asked || (bound !== undefined && peers.shareOf(missing()) > bound));
    if (bound !== undefined) this.wakeAll(); // a peer with its full share gets more when others find nothing to do
  }

  /** With other bounds than before, any peer may have room. */
  #keepTo(maxPieces: number, duplicates: boolean): void {
    if (maxPieces === this.#maxPieces && duplicates === this.#duplicates) return;
    this.#maxPieces = maxPieces;
    this.#duplicates = duplicates;
    this.wakeAll();
  }

  #ask(peer: DownloadSource, piece: number, nowMs: number): Assignment {
    this.#parts.inFlight.add(piece, peer, nowMs);
    peer.window.onRequest(nowMs);
    return { source: peer.id, piece };
  }

  #mayTakeMore(peer: DownloadSource): boolean {
    return peer.mayTakeMore || (this.hasUrgent && peer.state.name === 'ready');
  }

  #pickUrgent(peer: DownloadSource): number | undefined {
    return peer.exhausted || peer.has === undefined ? undefined : this.#parts.picker.pickUrgent(peer.has);
  }

  #findTimeCritical(peer: DownloadSource, nowMs: number): number | undefined {
    const { inFlight, limits } = this.#parts;
    return this.#duplicates ? findTimeCriticalPiece(peer, this.#urgent, inFlight, limits, nowMs) : undefined;
  }

  #pick(peer: DownloadSource): number | undefined {
    if (peer.exhausted || peer.has === undefined) return undefined;
    const piece = this.#parts.picker.pick(peer.has, this.#parts.random, this.#isAlone);
    peer.exhausted = piece === undefined;
    return piece;
  }
}
