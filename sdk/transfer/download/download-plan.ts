import type { Bitfield, ReadonlyBitfield } from '../bitfield.js';
import { inReadingOrder, type PieceRange } from '../interleave.js';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits } from './download-limits.js';
import { DownloadSource, type SourceId, type SourceState } from './download-source.js';
import { markOvertaken, takeOverForIdle } from './endgame.js';
import { PeerList } from './peer-list.js';
import { PiecePicker } from './piece-picker.js';
import { encodePiece, PIECE_IN_FLIGHT, PIECE_MISSING, PIECE_VERIFIED } from './piece-states.js';
import { PiecesInFlight } from './pieces-in-flight.js';
import type { AssignBounds, Assignment, Cancel, DownloadPlanOptions, SourceStats } from './plan-messages.js';
import { findTimeCriticalPiece } from './time-critical.js';

/** From so many sources on, and where others download, too, little is asked for in advance. */
const CROWD = 3;

/**
 * Decides what to ask of whom, to get one file from several sources. It holds no socket and no clock: the caller says
 * what happens, calls {@link assign} after whatever may have made room for a request, sends what it is told to, and
 * calls {@link expire} when {@link nextExpiry} comes.
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
  readonly #random: () => number;
  readonly #verified: Bitfield;
  readonly #picker: PiecePicker;
  readonly #inFlight = new PiecesInFlight();
  readonly #sources = new PeerList();
  /** Whether nobody else downloads the file, as far as is known. */
  #isAlone = false;
  #readAhead: readonly PieceRange[] = [];
  #urgent: readonly number[] = [];
  #maxPieces = Infinity;
  #duplicates = true;
  /** The sources that something happened to since the last look for what to ask of whom: nobody else can take more. */
  #awake: Set<DownloadSource> | 'all' = 'all';

  constructor({ pieceCount, pieceBytes, verified, random, limits }: DownloadPlanOptions) {
    if (verified.length !== pieceCount) {
      throw new RangeError(`verified has ${verified.length} bits for ${pieceCount} pieces`);
    }
    this.#limits = { ...DEFAULT_DOWNLOAD_LIMITS, ...limits };
    this.#pieceBytes = pieceBytes;
    this.#random = random;
    this.#verified = verified.clone();
    this.#picker = new PiecePicker({ pieceCount, verified });
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
    const { length } = this.#verified;
    for (const { first, end } of ranges) {
      if (!(first >= 0 && first <= end && end <= length)) {
        throw new RangeError(`There are no pieces ${first} to ${end} in a file of ${length}`);
      }
    }
    this.#readAhead = ranges;
    this.#urgent = inReadingOrder(ranges);
    this.#picker.setUrgent(this.#urgent);
    this.#awake = 'all';
  }

  /** Whether pieces come in the file's order, as far as the sources allow. */
  setSequential(sequential: boolean): void {
    this.#picker.setSequential(sequential);
  }

  /** The pieces that are to come before others: what lies ahead of each reader, and what is next in the file if that is the order. */
  get ahead(): readonly PieceRange[] {
    const next = this.#picker.next;
    return next ? [...this.#readAhead, next] : this.#readAhead;
  }

  /** Every piece's state and holders, a byte a piece: see {@link encodePiece}. */
  pieceMap(): Uint8Array {
    const map = new Uint8Array(this.#verified.length);
    for (let piece = 0; piece < map.length; piece++) {
      const state = this.#verified.has(piece)
        ? PIECE_VERIFIED
        : this.#inFlight.has(piece) || this.#inFlight.isChecked(piece)
          ? PIECE_IN_FLIGHT
          : PIECE_MISSING;
      map[piece] = encodePiece(state, this.#picker.availability(piece));
    }
    return map;
  }

  /** The state of a source; undefined when there never was one of that id. */
  sourceState(id: SourceId): SourceState | undefined {
    return this.#sources.find(id)?.state;
  }

  sourceStats(id: SourceId, nowMs: number): SourceStats | undefined {
    const source = this.#sources.find(id);
    if (source === undefined) return undefined;
    const { state, requests, window, bytes, pieces } = source;
    return { state, inFlight: requests.size, bytesPerSecond: window.bytesPerSecond(nowMs), bytes, pieces };
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
    this.#wake(source);
    this.#picker.addPieces(pieces);
    return true;
  }

  /**
   * A source gained a piece. Ignored when it is said to have it already, or refused it before. Says whether there may be
   * something to {@link assign} now: in a swarm there is not, nearly always.
   */
  sourceHas(id: SourceId, piece: number): boolean {
    const source = this.#sources.get(id);
    if (source.state.name === 'banned') return false;
    if (source.has === undefined) throw new Error(`Source ${id} is ${source.state.name}, and has no pieces`);
    if (source.refused.has(piece) || !source.has.set(piece)) return false;
    this.#picker.addPiece(piece);
    if (this.#verified.has(piece)) return false;
    source.exhausted = false;
    this.#wake(source);
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
  assign(nowMs: number, { maxPieces = Infinity, duplicates = true }: AssignBounds = {}): Assignment[] {
    const assignments: Assignment[] = [];
    this.#keepTo(maxPieces, duplicates);
    const ready =
      this.#awake === 'all' ? this.#sources.readyInTurn() : [...this.#awake].filter((one) => this.#mayTakeMore(one));
    this.#awake = new Set();
    if (ready.length === 0) return assignments;
    this.#isAlone = this.#sources.haveEverything(nowMs);
    const isShared = this.#isShared;
    for (const source of ready) source.window.isShared = isShared;
    const doubtful = ready.filter(({ isDoubtful }) => isDoubtful);
    // Whether the others find nothing more has to be known of all of them.
    const able = doubtful.length > 0 ? this.#sources.readyInTurn().filter(({ isDoubtful }) => !isDoubtful) : ready;
    this.#fillWindows(able, nowMs, assignments);
    if (!this.#sources.haveAbler) this.#fillWindows(doubtful, nowMs, assignments);
    else if (doubtful.length > 0) this.#awake = 'all'; // their turn comes when the others find nothing more
    if (!duplicates) return assignments;
    const situation = {
      ...{ inFlight: this.#inFlight, limits: this.#limits, present: this.#sources.present, isShared, nowMs },
      ...{ maxPieces, mayContest: this.#picker.pickableCount === 0 },
    };
    takeOverForIdle(ready, situation, (source, piece) => assignments.push(this.#ask(source, piece, nowMs)));
    return assignments;
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
    this.#wake(source);
  }

  /** An answer begins. Returns requests for the piece that are of no use any more: those that nobody has begun to answer. */
  begun(id: SourceId, piece: number, nowMs: number): Cancel[] {
    const cancels: Cancel[] = [];
    for (const other of this.#inFlight.begin(piece, this.#sources.get(id), nowMs, this.#limits)) {
      other.window.onWithdrawn();
      this.#wake(other);
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
      this.#wake(source);
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
      this.#wake(one);
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

  /** A source said that it does not have a piece. It is not asked for that one again for as long as it is connected. */
  requestRefused(id: SourceId, piece: number, nowMs: number): void {
    const source = this.#sources.get(id);
    if (source.has?.clear(piece)) {
      source.refused.add(piece);
      this.#picker.removePiece(piece);
    }
    if (!source.requests.has(piece)) return;
    source.window.onRefused(nowMs);
    this.#giveBack(source, piece);
  }

  /**
   * Snubs the sources that stalled and returns the requests taken back from them; readies those whose back-off is over.
   * Either way there may be something to {@link assign}.
   */
  expire(nowMs: number): Cancel[] {
    const cancels: Cancel[] = [];
    const mayBeLate = this.#urgent.length > 0 || this.#picker.pickableCount === 0;
    for (const source of this.#sources.present) {
      if (mayBeLate) this.#wake(source);
      if (nowMs < this.#expiryOf(source)) continue;
      if (source.state.name === 'snubbed') {
        source.forgive(nowMs);
        this.#wake(source);
      } else {
        cancels.push(...this.#takeBack(source));
        source.snub(this.#limits, nowMs);
        this.#awake = 'all';
      }
    }
    return cancels;
  }

  /** When {@link expire} is to be called next, if nothing happens until then; undefined when nothing will expire. */
  nextExpiry(nowMs: number): number | undefined {
    const next = Math.min(...this.#sources.present.map((source) => this.#expiryOf(source)));
    return next === Infinity ? undefined : Math.max(next, nowMs);
  }

  /**
   * Whether sources are likely to send to others as well, and there are enough of them for the line to stay full while one
   * waits for the next request.
   */
  get #isShared(): boolean {
    return !this.#isAlone && this.#sources.present.length >= CROWD;
  }

  /** One piece to each in turn, until their windows are full, or their shares, or there is nothing to ask of any. */
  #fillWindows(ready: readonly DownloadSource[], nowMs: number, assignments: Assignment[]): void {
    let bound: number | undefined;
    let asked: boolean;
    do {
      // Every source's share is as large as that at least, and the exact one is only worth counting for those that reach it.
      const leastShare = Math.ceil(this.missing / Math.max(1, this.#sources.present.length));
      let share: number | undefined;
      bound = undefined;
      asked = false;
      for (const source of ready) {
        const { size } = source.requests;
        if (size >= Math.min(source.window.windowPieces, this.#maxPieces)) continue;
        if (source.exhausted && this.#urgent.length === 0) continue;
        if (size >= leastShare) {
          share ??= this.#sources.shareOf(this.missing);
          if (size >= share) {
            bound = share;
            continue;
          }
        }
        const piece = this.#pickUrgent(source) ?? this.#findLate(source, nowMs) ?? this.#pick(source);
        if (piece === undefined) continue;
        if (!this.#inFlight.has(piece)) this.#picker.markRequested(piece);
        assignments.push(this.#ask(source, piece, nowMs));
        asked = true;
      }
    } while (asked || (bound !== undefined && this.#sources.shareOf(this.missing) > bound));
    if (bound !== undefined) this.#awake = 'all'; // who has his share may have more when others find nothing more to do
  }

  /** Other bounds than before: any source may have room now. */
  #keepTo(maxPieces: number, duplicates: boolean): void {
    if (maxPieces === this.#maxPieces && duplicates === this.#duplicates) return;
    this.#maxPieces = maxPieces;
    this.#duplicates = duplicates;
    this.#awake = 'all';
  }

  /** Something happened to a source: there may be something to ask of it. */
  #wake(source: DownloadSource): void {
    source.idle = false;
    if (this.#awake !== 'all') this.#awake.add(source);
  }

  #ask(source: DownloadSource, piece: number, nowMs: number): Assignment {
    this.#inFlight.add(piece, source, nowMs);
    source.window.onRequest(nowMs);
    return { source: source.id, piece };
  }

  #mayTakeMore(source: DownloadSource): boolean {
    return source.mayTakeMore || (this.#urgent.length > 0 && source.state.name === 'ready');
  }

  #pickUrgent(source: DownloadSource): number | undefined {
    return source.exhausted || source.has === undefined ? undefined : this.#picker.pickUrgent(source.has);
  }

  #findLate(source: DownloadSource, nowMs: number): number | undefined {
    return this.#duplicates
      ? findTimeCriticalPiece(source, this.#urgent, this.#inFlight, this.#limits, nowMs)
      : undefined;
  }

  #pick(source: DownloadSource): number | undefined {
    if (source.exhausted || source.has === undefined) return undefined;
    const piece = this.#picker.pick(source.has, this.#random, this.#isAlone);
    source.exhausted = piece === undefined;
    return piece;
  }

  /** Ends one request of a source; unless another source is asked for the same piece, it can be picked again. */
  #giveBack(source: DownloadSource, piece: number): void {
    this.#wake(source);
    source.isAnswering = false;
    if (this.#inFlight.remove(piece, source)) this.#wantAgain(piece);
  }

  #endCheckInVain(id: SourceId, piece: number): void {
    if (this.#inFlight.endCheck(piece, this.#sources.get(id)) && !this.#verified.has(piece)) this.#wantAgain(piece);
  }

  /** A piece can be picked again, unless there is another request for it, or a copy being checked. */
  #wantAgain(piece: number): void {
    if (this.#inFlight.has(piece) || this.#inFlight.isChecked(piece)) return;
    this.#picker.markMissing(piece);
    for (const other of this.#sources.present) {
      if (!other.has?.has(piece)) continue;
      other.exhausted = false;
      this.#wake(other);
    }
  }

  /** Ends all requests of a source, and returns them. */
  #takeBack(source: DownloadSource): Cancel[] {
    const cancels = Array.from(source.requests.keys(), (piece) => ({ source: source.id, piece }));
    for (const { piece } of cancels) {
      source.window.onWithdrawn();
      this.#giveBack(source, piece);
    }
    return cancels;
  }

  /** Takes a source out of everything but the books, and returns the requests it had. */
  #dismiss(source: DownloadSource): Cancel[] {
    const cancels = this.#takeBack(source);
    if (source.has !== undefined) this.#picker.removePieces(source.has);
    this.#sources.leave(source);
    this.#awake = 'all'; // the others' shares have grown
    return cancels;
  }

  #expiryOf(source: DownloadSource): number {
    if (source.state.name === 'snubbed') return source.state.until;
    const { stallMs, waitMs } = this.#limits;
    return (source.window.idleSince ?? Infinity) + (source.isAnswering ? stallMs : waitMs);
  }
}
