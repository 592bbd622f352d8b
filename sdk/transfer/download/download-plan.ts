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
 * Decides what to ask of whom, to get one file from several sources. It holds no socket and no clock: the caller says
 * what happens, calls {@link assign} after whatever may have made room for a request, sends what it is told to, and
 * calls {@link expire} several times a second.
 *
 * Pieces that someone waits for come first, the others rarest first ({@link PiecePicker}); requests in flight to a source are as many as its line holds
 * ({@link RequestPipeline}), and no more than its share of what is missing, so that near the end, and in a small file,
 * there is something left for every source to do. Once no missing piece is left to ask for, sources that have nothing
 * to do are asked for pieces in flight elsewhere (the endgame). A piece that someone waits for is asked for again even
 * before that, when another source would bring it much sooner than the one that was asked.
 *
 * A source that is lost or banned is remembered by its id: its counters, and the ban.
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

  /** How many pieces are not verified yet, in flight or not. */
  get missing(): number {
    return this.#verified.length - this.#verified.count;
  }

  /** How many pieces are asked for, of one source or more. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  get isComplete(): boolean {
    return this.#verified.isComplete;
  }

  /** Whether something that is missing was asked for, or some source has it. */
  get mayExpect(): boolean {
    return this.#inFlight.size > 0 || this.#picker.pickableCount > 0;
  }

  /**
   * The pieces that someone waits for, each range from where its reader stands; they take the place of those before.
   * @throws RangeError for pieces that the file has not
   */
  setUrgent(ranges: readonly PieceRange[]): void {
    this.#assigner.setReaders(ranges);
  }

  /** Whether pieces come in the file's order, as far as the sources allow. */
  setSequential(sequential: boolean): void {
    this.#picker.setSequential(sequential);
  }

  /** The pieces that are to come before others: what lies ahead of each reader, and what is next in the file if that is the order. */
  get ahead(): readonly PieceRange[] {
    return this.#assigner.ahead;
  }

  /** Every piece's state and holders, a byte a piece: see {@link encodePieces}. */
  pieceMap(): Uint8Array {
    const isInFlight = (piece: number) => this.#inFlight.has(piece) || this.#inFlight.isChecked(piece);
    return encodePieces(this.#verified, isInFlight, (piece) => this.#picker.availability(piece));
  }

  /** The state of a source; undefined when there never was one of that id. */
  sourceState(id: SourceId): SourceState | undefined {
    return this.#sources.find(id)?.state;
  }

  sourceStats(id: SourceId, nowMs: number): SourceStats | undefined {
    return this.#sources.find(id)?.stats(nowMs);
  }

  /**
   * A source is known, new or once more, and being connected to. False, and nothing done, when it is banned.
   * @param owner whose device it is: what is asked of several first is not asked of one owner's
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

  /** A source is connected, and has `pieces` (copied). False, and nothing done, when it is banned. */
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
   * A source gained a piece. Ignored when it is said to have it already. Says whether there may be
   * something to {@link assign} now: in a swarm there is not, nearly always.
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

  /** A source left. Its requests go back. */
  sourceLost(id: SourceId, nowMs: number): void {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return;
    const owedSomething = source.window.pace.overdueMs(nowMs) > this.#limits.slowMs;
    this.#dismiss(source);
    source.lose(nowMs, owedSomething);
  }

  /** Nothing more is to come from a source, ever. Its requests go back; they are returned. */
  banSource(id: SourceId, nowMs: number): Cancel[] {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return [];
    const cancels = this.#dismiss(source);
    source.ban(nowMs);
    return cancels;
  }

  /** What to ask now, of whom, in that order. Each piece counts as in flight from then on. */
  assign(nowMs: number, bounds: AssignBounds = {}): Assignment[] {
    return this.#assigner.assign(nowMs, bounds);
  }

  /** Bytes of an answer arrived. Called for every chunk. A source that was snubbed is ready again. */
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

  /** An answer begins. Returns requests for the piece that are of no use any more: those that nobody has begun to answer. */
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
   * All of a piece came from a source. True when it is to be checked, and `pieceVerified` or `pieceCorrupt` follows; false
   * when it is verified already, or another copy of it is being checked: this one is of no use.
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

  /** What was assigned to a source is held back, and it owes nothing: its silence is no stall. */
  held(id: SourceId, nowMs: number): void {
    this.#sources.get(id).window.onHeld(nowMs);
  }

  /**
   * A piece from a source is what it should be, whatever became of the source or the request meanwhile. Returns the
   * duplicates of it that are still in flight; for a piece that was verified before, nothing happens.
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

  /** A piece from a source is not what it should be: the source is banned. Returns its other requests: they go back. */
  pieceCorrupt(id: SourceId, piece: number, nowMs: number): Cancel[] {
    this.#endCheckInVain(id, piece);
    return this.banSource(id, nowMs).filter((cancel) => cancel.piece !== piece);
  }

  /** A piece from a source is not what it should be: the source counts as lost until more is known. Returns its other requests: they go back. */
  pieceDoubted(id: SourceId, piece: number, nowMs: number): Cancel[] {
    this.#endCheckInVain(id, piece);
    const source = this.#sources.get(id);
    if (source.state.name === 'banned' || source.state.name === 'gone') return [];
    const cancels = this.#dismiss(source);
    source.lose(nowMs);
    return cancels.filter((cancel) => cancel.piece !== piece);
  }

  /**
   * Snubs the sources that stalled and returns the requests taken back from them; readies those whose back-off is over.
   * Either way there may be something to {@link assign}.
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

  /** Takes a source out of everything but the books, and returns the requests it had. */
  #dismiss(source: DownloadSource): Cancel[] {
    const cancels = this.#assigner.takeBack(source);
    if (source.has !== undefined) this.#picker.removePieces(source.has);
    this.#sources.leave(source);
    this.#assigner.wakeAll(); // the others' shares have grown
    return cancels;
  }
}
