import { Bitfield, type ReadonlyBitfield } from '../bitfield.js';
import type { PieceRange } from '../interleave.js';
import { PieceBucket } from './piece-bucket.js';

/** Pieces with at least this many holders, without complete sources, count as equally common. */
const MAX_LEVEL = 63;

/** With this many holders, a piece does not leave the swarm with one of them. */
const ABUNDANT = 2;

/** Range of sequential order after the first missing piece: what two sources have in flight at most. */
const SEQUENTIAL_PIECES = 128;

export interface PiecePickerOptions {
  readonly pieceCount: number;
  /** Pieces that exist already. Default: none. */
  readonly verified?: ReadonlyBitfield;
}

/**
 * Chooses the next piece to request from a source: rarest first.
 *
 * As in libtorrent's `piece_picker`, picking changes nothing and the caller marks what it requests. A complete source
 * is counted once for all pieces, not piece by piece. Pickable pieces (missing and not requested) are in one bucket for
 * each availability, so that a HAVE moves one bit, and a pick searches the buckets in order.
 *
 * The order among equally rare pieces is random while any pickable piece has fewer than two holders and somebody else
 * downloads too. Otherwise it is file order, so that the check of the whole file can follow closely. (Not earlier:
 * members that request the same pieces first have little to trade; webtorrent#375.)
 *
 * Time-critical pieces come first ({@link pickUrgent}), then in sequential order the next ones of the file. Their
 * number is bounded, so that a swarm of readers still spreads rare pieces.
 *
 * Memory per piece: 18 bits, and one more for each occurring availability, at most 64.
 */
export class PiecePicker {
  readonly #pickable: Bitfield;
  readonly #verified: Bitfield;
  /** Holders of each piece beyond {@link #everywhere}. */
  readonly #extra: Uint16Array;
  /** Holders of every piece: the sources that came complete. */
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

  /** Number of pickable pieces: missing, not requested, and held by a source. */
  get pickableCount(): number {
    const unheld = this.#everywhere === 0 ? (this.#buckets[0]?.size ?? 0) : 0;
    return this.#pickable.count - unheld;
  }

  /** Number of sources with `piece`. */
  availability(piece: number): number {
    return this.#everywhere + (this.#extra[piece] ?? 0);
  }

  /** Replaces the time-critical pieces, in order of urgency. */
  setUrgent(pieces: readonly number[]): void {
    this.#urgent = pieces;
  }

  /** Whether the next pieces of the file come before the rarest. */
  setSequential(sequential: boolean): void {
    this.#sequential = sequential;
  }

  /** Adds a source with `pieces`. */
  addPieces(pieces: ReadonlyBitfield): void {
    if (pieces.isComplete) this.#everywhere += 1;
    else for (const piece of pieces) this.addPiece(piece);
  }

  /** Removes a source with `pieces`: the initial ones with all later changes. */
  removePieces(pieces: ReadonlyBitfield): void {
    if (pieces.isComplete && this.#everywhere > 0) this.#everywhere -= 1;
    else for (const piece of pieces) this.removePiece(piece);
  }

  /** A source gained one piece (HAVE). */
  addPiece(piece: number): void {
    this.#setExtra(piece, (this.#extra[piece] ?? 0) + 1);
  }

  /** A source no longer has a piece. @throws RangeError if no source had it */
  removePiece(piece: number): void {
    if (this.availability(piece) === 0) throw new RangeError(`No source had piece ${piece}`);
    if (this.#extra[piece] === 0) this.#countOneByPiece();
    this.#setExtra(piece, (this.#extra[piece] ?? 0) - 1);
  }

  /** Pickable -> requested. @throws Error if the piece is not pickable */
  markRequested(piece: number): void {
    if (!this.#pickable.clear(piece)) throw new Error(`Piece ${piece} is requested or verified already`);
    this.#bucketOf(piece)?.delete(piece);
  }

  /** Requested -> pickable: the request was cancelled. @throws Error if the piece was not requested */
  markMissing(piece: number): void {
    if (this.#verified.has(piece) || !this.#pickable.set(piece)) throw new Error(`Piece ${piece} is not requested`);
    this.#insert(piece);
  }

  /** Pickable or requested -> verified: it is never picked again. */
  markVerified(piece: number): void {
    this.#verified.set(piece);
    if (this.#pickable.clear(piece)) this.#bucketOf(piece)?.delete(piece);
  }

  /** The most urgent piece of a source; undefined if it has none. Changes nothing. */
  pickUrgent(source: ReadonlyBitfield): number | undefined {
    return this.#urgent.find((piece) => this.#pickable.has(piece) && source.has(piece));
  }

  /**
   * The next piece to request from a source without urgent pieces; undefined if it has no wanted piece. Changes
   * nothing.
   * @param random uniform in [0, 1)
   * @param isAlone whether nobody else is known to download the file
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

  /** The first missing piece of a source within the sequential range. */
  /** The next pieces of the file in sequential order; undefined otherwise. */
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
   * Counts one complete source piece by piece from now on. Takes time proportional to the file, at most once for each
   * source that came complete and then lost a piece.
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
