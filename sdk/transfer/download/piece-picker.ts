import { Bitfield, type ReadonlyBitfield } from '../bitfield.js';
import type { PieceRange } from '../interleave.js';
import { PieceBucket } from './piece-bucket.js';

/** Pieces with this many holders or more (complete sources not counted) are all as common as each other. */
const MAX_LEVEL = 63;

/** From this many holders on, a piece is in no danger of leaving the swarm with one of them. */
const ABUNDANT = 2;

/** How far ahead of the first piece that is missing "in the file's order" goes: what two sources have in flight at most. */
const SEQUENTIAL_PIECES = 128;

export interface PiecePickerOptions {
  readonly pieceCount: number;
  /** What is there already; nothing by default. */
  readonly verified?: ReadonlyBitfield;
}

/**
 * Chooses the next piece to ask of a source: rarest first.
 *
 * As in libtorrent's `piece_picker`, picking changes nothing and the caller marks what it went on to request, and a
 * source that has everything is counted once for all pieces, not piece by piece. Pieces that can be picked (missing,
 * and not requested) lie in one bucket for each availability, so that a HAVE moves one bit, and a pick looks at the
 * buckets in turn for what the source has.
 *
 * The order among equally rare pieces is random for as long as any of those that can be picked has fewer than two
 * holders, and somebody else downloads too. Otherwise it is the file's own, so that a check of the whole file can follow
 * close behind. (Not earlier: a swarm whose members all ask for the same pieces first has little to trade;
 * webtorrent#375.)
 *
 * Before all that come the pieces that someone waits for ({@link pickUrgent}), and, where it was asked for, those next in
 * the file: only so many, so that a swarm in which everybody reads from the front still spreads what is rare.
 *
 * Memory for each piece: 18 bits, and one more for each availability that occurs, 64 at most.
 */
export class PiecePicker {
  readonly #pickable: Bitfield;
  readonly #verified: Bitfield;
  /** Holders of each piece over and above {@link #everywhere}. */
  readonly #extra: Uint16Array;
  /** Holders that every piece has, at least: as many as came with everything. */
  #everywhere = 0;
  /** The pickable pieces by {@link #extra}. */
  #buckets: (PieceBucket | undefined)[] = [];
  #urgent: readonly number[] = [];
  #sequential = false;
  /** No piece before this one is missing. */
  #front = 0;

  constructor({ pieceCount, verified }: PiecePickerOptions) {
    this.#pickable = new Bitfield(pieceCount).fill();
    this.#verified = new Bitfield(pieceCount);
    this.#extra = new Uint16Array(pieceCount);
    for (const piece of verified ?? []) {
      this.#verified.set(piece);
      this.#pickable.clear(piece);
    }
    this.#fillBuckets();
  }

  /** How many pieces can be picked from one source or another: missing, not requested, and held by someone. */
  get pickableCount(): number {
    const unheld = this.#everywhere === 0 ? (this.#buckets[0]?.size ?? 0) : 0;
    return this.#pickable.count - unheld;
  }

  /** How many sources hold `piece`. */
  availability(piece: number): number {
    return this.#everywhere + (this.#extra[piece] ?? 0);
  }

  /** The pieces that someone waits for, in the order in which they are wanted; they take the place of those before. */
  setUrgent(pieces: readonly number[]): void {
    this.#urgent = pieces;
  }

  /** Whether the pieces next in the file come before the rarest. */
  setSequential(sequential: boolean): void {
    this.#sequential = sequential;
  }

  /** A source came that has `pieces`. */
  addPieces(pieces: ReadonlyBitfield): void {
    if (pieces.isComplete) this.#everywhere += 1;
    else for (const piece of pieces) this.addPiece(piece);
  }

  /** A source went that had `pieces`: those it came with, and those it was said to gain or lose since. */
  removePieces(pieces: ReadonlyBitfield): void {
    if (pieces.isComplete && this.#everywhere > 0) this.#everywhere -= 1;
    else for (const piece of pieces) this.removePiece(piece);
  }

  /** A source gained one piece (HAVE). */
  addPiece(piece: number): void {
    this.#setExtra(piece, (this.#extra[piece] ?? 0) + 1);
  }

  /** A source no longer has a piece. @throws RangeError when no source had it. */
  removePiece(piece: number): void {
    if (this.availability(piece) === 0) throw new RangeError(`No source had piece ${piece}`);
    if (this.#extra[piece] === 0) this.#countOneByPiece();
    this.#setExtra(piece, (this.#extra[piece] ?? 0) - 1);
  }

  /** Pickable -> requested. @throws Error when the piece is not to be picked. */
  markRequested(piece: number): void {
    if (!this.#pickable.clear(piece)) throw new Error(`Piece ${piece} is requested or verified already`);
    this.#bucketOf(piece)?.delete(piece);
  }

  /** Requested -> pickable: the request was given back. @throws Error when the piece was not requested. */
  markMissing(piece: number): void {
    if (this.#verified.has(piece) || !this.#pickable.set(piece)) throw new Error(`Piece ${piece} is not requested`);
    this.#insert(piece);
  }

  /** Pickable or requested -> verified: it is there, and never picked again. */
  markVerified(piece: number): void {
    this.#verified.set(piece);
    if (this.#pickable.clear(piece)) this.#bucketOf(piece)?.delete(piece);
  }

  /** The first urgent piece that a source has that has `source`; undefined when it has none. Changes nothing. */
  pickUrgent(source: ReadonlyBitfield): number | undefined {
    return this.#urgent.find((piece) => this.#pickable.has(piece) && source.has(piece));
  }

  /**
   * The piece to ask next of a source that has `source` but nothing urgent; undefined when it has nothing that is wanted.
   * Changes nothing.
   * @param random uniform in [0, 1).
   * @param isAlone whether nobody else is known to download the file.
   */
  pick(source: ReadonlyBitfield, random: () => number, isAlone = false): number | undefined {
    const next = this.#pickNext(source);
    if (next !== undefined) return next;
    const scattered = !isAlone && this.#hasScarce();
    for (const bucket of this.#buckets) {
      if (bucket === undefined || bucket.size === 0) continue;
      const piece = scattered ? bucket.any(source, random) : bucket.first(source);
      if (piece !== undefined) return piece;
    }
    return undefined;
  }

  /** The first piece that a source has, not far from the first that is missing. */
  /** The pieces that are to come before others because they are next in the file; undefined when that is not asked for. */
  get next(): PieceRange | undefined {
    if (!this.#sequential) return undefined;
    while (this.#verified.has(this.#front)) this.#front += 1;
    return { first: this.#front, end: Math.min(this.#front + SEQUENTIAL_PIECES, this.#pickable.length) };
  }

  #pickNext(source: ReadonlyBitfield): number | undefined {
    const next = this.next;
    if (!next) return undefined;
    for (let piece = next.first; piece < next.end; piece++) {
      if (this.#pickable.has(piece) && source.has(piece)) return piece;
    }
    return undefined;
  }

  #hasScarce(): boolean {
    for (let level = 0; level + this.#everywhere < ABUNDANT; level++) {
      if ((this.#buckets[level]?.size ?? 0) > 0) return true;
    }
    return false;
  }

  #setExtra(piece: number, extra: number): void {
    const pickable = this.#pickable.has(piece);
    if (pickable) this.#bucketOf(piece)?.delete(piece);
    this.#extra[piece] = extra;
    if (pickable) this.#insert(piece);
  }

  /**
   * Stops counting one of the complete sources for all pieces at once, and counts it piece by piece. Takes time in
   * proportion to the file, and happens at most once for each source that came complete and then lost a piece.
   */
  #countOneByPiece(): void {
    this.#everywhere -= 1;
    for (let piece = 0; piece < this.#extra.length; piece++) this.#extra[piece] = (this.#extra[piece] ?? 0) + 1;
    this.#fillBuckets();
  }

  #fillBuckets(): void {
    this.#buckets = [];
    for (const piece of this.#pickable) this.#insert(piece);
  }

  #insert(piece: number): void {
    const level = this.#level(piece);
    const bucket = this.#buckets[level] ?? new PieceBucket(this.#extra.length);
    this.#buckets[level] = bucket;
    bucket.add(piece);
  }

  #bucketOf(piece: number): PieceBucket | undefined {
    return this.#buckets[this.#level(piece)];
  }

  #level(piece: number): number {
    return Math.min(this.#extra[piece] ?? 0, MAX_LEVEL);
  }
}
