import type { Bitfield, ReadonlyBitfield } from '../bitfield.js';
import type { PieceRange } from '../interleave.js';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './download-limits.js';
import { DownloadSource, type SourceId, type SourceState, type SourceStats } from './download-source.js';
import { markOvertaken } from './endgame.js';
import { PeerList } from './peer-list.js';
import { PiecePicker } from './piece-picker.js';
import { encodePieces } from './piece-states.js';
import { PiecesInFlight } from './pieces-in-flight.js';
import type { AssignBounds, Assignment, Cancel, DownloadPlanOptions } from './plan-messages.js';
import { RequestAssigner } from './request-assigner.js';

/**
 * Decides which piece to request from which source. It has no socket and no clock: the caller reports events, calls
 * {@link assign} after each event that may have made room for a request, sends the assigned requests, and calls {@link
 * expire} several times a second.
 *
 * Time-critical pieces come first, the others rarest first ({@link PiecePicker}). A source has as many requests in
 * flight as its pipeline holds ({@link RequestPipeline}), but no more than its share of the missing pieces, so that
 * near the end, and in a small file, every source has work. When no missing piece is left to request, idle sources are
 * asked for pieces in flight elsewhere (endgame). A time-critical piece is requested again even earlier if another
 * source would deliver it much sooner.
 *
 * A lost or banned source is remembered by its id, with its counters and the ban. One class has all transitions, because
 * each of them keeps the counters of pieces and of sources consistent.
 */
export class DownloadPlan {
  readonly #limits: DownloadLimits;
  readonly #pieceBytes: number;
  readonly #verified: Bitfield;
  readonly #picker: PiecePicker;
  readonly #inFlight = new PiecesInFlight();
  readonly #sources = new PeerList();
  readonly #assigner: RequestAssigner;

  constructor({ pieceCount, pieceBytes, verified, random, limits }: DownloadPlanOptions) {
    if (verified.length !== pieceCount) {
      throw new RangeError(`verified has ${verified.length} bits for ${pieceCount} pieces`);
    }
    this.#limits = { ...DEFAULT_DOWNLOAD_LIMITS, ...limits };
    this.#pieceBytes = pieceBytes;
    this.#verified = verified.clone();
    this.#picker = new PiecePicker({ pieceCount, verified });
    this.#assigner = new RequestAssigner({
      ...{ picker: this.#picker, peers: this.#sources, inFlight: this.#inFlight, limits: this.#limits, random },
      ...{ pieceCount, missing: () => this.missing },
    });
  }

  get verified(): ReadonlyBitfield {
    return this.#verified;
  }

  /** Number of unverified pieces, in flight or not. */
  get missing(): number {
    return this.#verified.length - this.#verified.count;
  }

  /** Number of pieces requested from at least one source. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  get isComplete(): boolean {
    return this.#verified.isComplete;
  }

  /** Whether a missing piece is requested, or some source has one. */
  get mayExpect(): boolean {
    return this.#inFlight.size > 0 || this.#picker.pickableCount > 0;
  }

  /**
   * Replaces the time-critical pieces: a range for each reader, from its position on.
   * @throws RangeError for pieces outside the file
   */
  setUrgent(ranges: readonly PieceRange[]): void {
    this.#assigner.setReaders(ranges);
  }

  /** Switches between file order, as far as the sources have the pieces, and rarest first. */
  setSequential(sequential: boolean): void {
    this.#picker.setSequential(sequential);
  }

  /**
   * The pieces that come before others: those ahead of each reader, and in sequential order the next ones of the file.
   */
  get ahead(): readonly PieceRange[] {
    return this.#assigner.ahead;
  }

  /** The state and the availability of every piece, one byte each: see {@link encodePieces}. */
  pieceMap(): Uint8Array {
    const isInFlight = (piece: number) => this.#inFlight.has(piece) || this.#inFlight.isChecked(piece);
    return encodePieces(this.#verified, isInFlight, (piece) => this.#picker.availability(piece));
  }

  /** The state of a source; undefined for an unknown id. */
  sourceState(id: SourceId): SourceState | undefined {
    return this.#sources.find(id)?.state;
  }

  sourceStats(id: SourceId, nowMs: number): SourceStats | undefined {
    return this.#sources.find(id)?.stats(nowMs);
  }

  /**
   * Adds a source, or reconnects a known one. Returns false, and does nothing, if it is banned.
   * @param owner the user of the device: duplicate requests go to devices of different users first
   */
  addSource(id: SourceId, nowMs: number, owner?: string): boolean {
    const known = this.#sources.find(id);
    if (known?.state.name === 'banned') return false;
    known?.reconnect(nowMs);
    this.#sources.enter(
      known ?? new DownloadSource(id, { ...this.#limits, pieceBytes: this.#pieceBytes }, nowMs, owner),
    );
    return true;
  }

  /** A source is connected, and has `pieces` (copied). Returns false, and does nothing, if it is banned. */
  sourceReady(id: SourceId, pieces: ReadonlyBitfield, nowMs: number): boolean {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return false;
    const { length } = this.#verified;
    if (pieces.length !== length) throw new RangeError(`A source has ${pieces.length} pieces of a file of ${length}`);
    source.ready(pieces.clone(), nowMs);
    this.#assigner.wake(source);
    this.#picker.addPieces(pieces);
    return true;
  }

  /**
   * A source has one more piece; a repeated announcement is ignored. Returns whether there may be something to {@link
   * assign}; in a swarm there rarely is.
   */
  sourceHas(id: SourceId, piece: number): boolean {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return false;
    if (source.has === undefined) throw new Error(`Source ${id} is ${source.state.name}, and has no pieces`);
    if (!source.has.set(piece)) return false;
    this.#picker.addPiece(piece);
    if (this.#verified.has(piece)) return false;
    source.exhausted = false;
    this.#assigner.wake(source);
    return source.mayTakeMore;
  }

  /** A source left. Its requests become assignable again. */
  sourceLost(id: SourceId, nowMs: number): void {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return;
    const owedSomething = source.window.pace.overdueMs(nowMs) > this.#limits.slowMs;
    this.#dismiss(source);
    source.lose(nowMs, owedSomething);
  }

  /** Bans a source. Returns its requests, which become assignable again. */
  banSource(id: SourceId, nowMs: number): Cancel[] {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return [];
    const cancels = this.#dismiss(source);
    source.ban(nowMs);
    return cancels;
  }

  /** The requests to send now, in order. Each piece counts as in flight afterwards. */
  assign(nowMs: number, bounds: AssignBounds = {}): Assignment[] {
    return this.#assigner.assign(nowMs, bounds);
  }

  /** Bytes of an answer arrived. Call it for every chunk. A snubbed source is ready again. */
  received(id: SourceId, bytes: number, nowMs: number): void {
    const source = this.#sources.get(id);
    source.bytes += bytes;
    source.answeredBytes += bytes;
    source.isAnswering = true;
    source.window.onBytes(bytes, nowMs);
    if (source.state.name !== 'snubbed') return;
    source.forgive(nowMs);
    this.#assigner.wake(source);
  }

  /** An answer begins. Returns the unanswered other requests for the piece, to cancel. */
  begun(id: SourceId, piece: number, nowMs: number): Cancel[] {
    const cancels: Cancel[] = [];
    for (const other of this.#inFlight.begin(piece, this.#sources.get(id), nowMs, this.#limits)) {
      other.window.onWithdrawn();
      this.#assigner.wake(other);
      cancels.push({ source: other.id, piece });
    }
    return cancels;
  }

  /**
   * All bytes of a piece arrived from a source. Returns true if the caller must verify it and then call `pieceVerified`
   * or `pieceCorrupt`; false if it is verified already or another copy is being verified.
   */
  pieceArrived(id: SourceId, piece: number, nowMs: number): boolean {
    const source = this.#sources.get(id);
    source.isAnswering = false;
    if (source.requests.has(piece)) {
      this.#inFlight.remove(piece, source);
      source.window.onPiece(nowMs);
      this.#assigner.wake(source);
    }
    if (this.#verified.has(piece) || this.#inFlight.isChecked(piece)) return false;
    this.#inFlight.beginCheck(piece, source);
    return true;
  }

  /** This end holds back the requests to a source, so its silence is not a stall. */
  held(id: SourceId, nowMs: number): void {
    this.#sources.get(id).window.onHeld(nowMs);
  }

  /**
   * A piece from a source is correct, whatever became of the source or the request. Returns its duplicate requests, to
   * cancel; nothing if it was verified before.
   */
  pieceVerified(id: SourceId, piece: number, nowMs: number): Cancel[] {
    const source = this.#sources.get(id);
    this.#inFlight.endCheck(piece, source);
    source.isAnswering = false;
    if (!this.#verified.set(piece)) return [];
    this.#picker.markVerified(piece);
    const asked = this.#inFlight.removeAll(piece);
    markOvertaken(asked, this.#limits, nowMs);
    source.creditPiece();
    const cancels: Cancel[] = [];
    for (const one of asked) {
      this.#assigner.wake(one);
      one.isAnswering = false;
      if (one === source) {
        one.window.onPiece(nowMs);
      } else {
        one.window.onWithdrawn();
        cancels.push({ source: one.id, piece });
      }
    }
    return cancels;
  }

  /** A piece from a source is wrong: bans the source. Returns its other requests, which become assignable again. */
  pieceCorrupt(id: SourceId, piece: number, nowMs: number): Cancel[] {
    this.#endCheckInVain(id, piece);
    return this.banSource(id, nowMs).filter((cancel) => cancel.piece !== piece);
  }

  /**
   * A piece from a source is wrong, for the first time: the source counts as lost until more is known. Returns its
   * other requests, which become assignable again.
   */
  pieceDoubted(id: SourceId, piece: number, nowMs: number): Cancel[] {
    this.#endCheckInVain(id, piece);
    const source = this.#sources.get(id);
    if (source.state.name === 'banned' || source.state.name === 'gone') return [];
    const cancels = this.#dismiss(source);
    source.lose(nowMs);
    return cancels.filter((cancel) => cancel.piece !== piece);
  }

  /**
   * Snubs stalled sources and returns their requests, and readies sources after their back-off. There may be something
   * to {@link assign} afterwards.
   */
  expire(nowMs: number): Cancel[] {
    const cancels: Cancel[] = [];
    const mayBeLate = this.#assigner.hasUrgent || this.#picker.pickableCount === 0;
    for (const source of this.#sources.present) {
      if (mayBeLate) this.#assigner.wake(source);
      if (nowMs < source.expiresAtMs(this.#limits)) continue;
      if (source.state.name === 'snubbed') {
        source.forgive(nowMs);
        this.#assigner.wake(source);
      } else {
        cancels.push(...this.#assigner.takeBack(source));
        source.snub(this.#limits, nowMs);
        this.#assigner.wakeAll();
      }
    }
    return cancels;
  }

  #endCheckInVain(id: SourceId, piece: number): void {
    if (this.#inFlight.endCheck(piece, this.#sources.get(id)) && !this.#verified.has(piece))
      this.#assigner.wantAgain(piece);
  }

  /** Removes a source from everything except the records. Returns its requests. */
  #dismiss(source: DownloadSource): Cancel[] {
    const cancels = this.#assigner.takeBack(source);
    if (source.has !== undefined) this.#picker.removePieces(source.has);
    this.#sources.leave(source);
    this.#assigner.wakeAll(); // the shares of the others have grown
    return cancels;
  }
}
