import { Bitfield } from '../bitfield.js';
import { PieceBucket } from '../download/piece-bucket.js';
import { HiddenPieces, type Reveal } from './hidden-pieces.js';
import { Taking } from './taking.js';

export interface SuperSeederOptions {
  readonly pieceCount: number;
  readonly lengthOf: (piece: number) => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Fraction of the pieces that may be dealt and unsent at a time: it bounds what may be sent twice in the end, and fills
 * a link.
 */
const DEPTH_SHARE = 32;
const MIN_DEPTH = 4;
const MAX_DEPTH = 64;
/**
 * A peer requests a piece as soon as it has the one before. If it does not, it has the piece already. On a slow link
 * that takes seconds.
 */
const UNWANTED_AFTER_MS = 3000;
/** If nothing was sent for this long, the dealt peers are too slow, and others may get the pieces too. */
const STUCK_AFTER_MS = 5000;
/** If a peer requests only a part of a dealt piece, or stops progressing, others may get the piece after this time. */
const UNTAKEN_AFTER_MS = 500;
/** A dealt piece without a request or progress does not delay further dealing for longer than this. */
const IN_THE_WAY_MS = 1000;
/**
 * A peer that is alone for this many pieces learns all pieces: others that begin at the same time have come by then.
 */
const ALONE_FOR_PIECES = 16;
/** So does a lone peer that does not request what it was dealt: it has those pieces already. */
const ALONE_UNWANTED_MS = 500;

interface Dealt<Peer> {
  readonly peer: Peer;
  readonly atMs: number;
  /** Number of pieces sent by then. */
  readonly atSent: number;
  /** End of its peer's requests in the piece. */
  asked: number;
  /** When its peer last requested or received a part of it. */
  movedMs: number;
}

/**
 * Super-seeding (BEP 16): sends every piece once before any piece twice, although the peers know nothing of one
 * another's requests. Each piece is dealt to one peer, in turn, and only few at a time, so that few are left over in
 * the end. When each piece was sent, or turned out to be available elsewhere, all pieces are announced to all peers.
 *
 * A lone peer is dealt sixteen pieces, and then all pieces: there is nobody to spread to, and peers that began at the
 * same time have come by then. A piece without a request within three seconds counts as known to the peer; if that
 * holds for most of a file, the file is not new and nothing is held back. Only whole sent pieces count, so a peer that
 * receives slowly or not at all delays nobody, and is dealt ever fewer pieces. A peer that reads a file learns the
 * pieces that it needs next.
 *
 * No socket and no clock: the caller reports events, and calls {@link deal} after each and several times a second.
 */
export class SuperSeeder<Peer> {
  readonly #random: () => number;
  readonly #lengthOf: (piece: number) => number;
  readonly #depth: number;
  /** Pieces that were not sent yet and are not announced to anybody. */
  readonly #pool: PieceBucket;
  readonly #out: Bitfield;
  readonly #dealt = new Map<number, Dealt<Peer>>();
  /** What each peer has not been told of. */
  readonly #hidden: HiddenPieces<Peer>;
  readonly #taking = new Map<Peer, Taking>();
  /** Peers from which nothing is held back any more. */
  readonly #trusted = new Set<Peer>();
  #sent = 0;
  /** Pieces sent since a peer came or went. */
  #sentSince = 0;
  #lastSentMs = -Infinity;
  /** Unrequested pieces minus requested ones, at least 0. */
  #unwanted = 0;
  /** Pieces dealt in vain since the last sent one. */
  #missedSince = 0;
  #isOver = false;

  constructor({ pieceCount, lengthOf, random }: SuperSeederOptions) {
    this.#lengthOf = lengthOf;
    this.#random = random;
    this.#depth = Math.min(MAX_DEPTH, Math.max(MIN_DEPTH, Math.ceil(pieceCount / DEPTH_SHARE)));
    this.#out = new Bitfield(pieceCount);
    this.#hidden = new HiddenPieces(pieceCount);
    this.#pool = new PieceBucket(pieceCount);
    for (let piece = 0; piece < pieceCount; piece++) this.#pool.add(piece);
  }

  /** Whether nothing is held back any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Adds a peer. Returns the pieces to announce to it first. */
  open(peer: Peer): Bitfield {
    this.#taking.set(peer, new Taking());
    this.#sentSince = 0;
    return this.#hidden.open(peer, !this.#isOver);
  }

  /** All pieces announced to a peer. */
  shownTo(peer: Peer): Bitfield {
    return this.#hidden.shownTo(peer);
  }

  /** Removes a peer. Its dealt pieces are for others. */
  close(peer: Peer): void {
    if (!this.#hidden.close(peer)) return;
    this.#trusted.delete(peer);
    this.#taking.delete(peer);
    this.#sentSince = 0;
    for (const [piece, dealt] of this.#dealt) if (dealt.peer === peer) this.#takeBack(piece);
  }

  /** A peer needs a piece before others. Returns whether to announce it, because it was held back. */
  wanted(peer: Peer, piece: number): boolean {
    return this.#hidden.reveal(peer, piece);
  }

  /** A peer requests a piece, or a part of it. */
  requested(peer: Peer, piece: number, offset: number, length: number, nowMs: number): void {
    if (this.#isOver || this.#out.has(piece)) return;
    const dealt = this.#dealt.get(piece);
    if (dealt === undefined) {
      const isWhole = offset === 0 && length === this.#lengthOf(piece);
      if (!isWhole || !this.#mayTake(peer, nowMs)) return; // it is dealt to somebody anyway
      this.#pool.delete(piece);
      this.#dealt.set(piece, { peer, atMs: nowMs, atSent: this.#sent, asked: length, movedMs: nowMs });
    } else if (dealt.peer === peer && offset <= dealt.asked) {
      if (dealt.asked === 0) this.#unwanted = Math.max(0, this.#unwanted - 1);
      if (offset + length <= dealt.asked) return;
      dealt.asked = offset + length;
      dealt.movedMs = nowMs;
    }
  }

  /** A peer cancels its request for a piece. */
  withdrawn(peer: Peer, piece: number): void {
    if (this.#dealt.get(piece)?.peer === peer) this.#takeBack(piece);
  }

  /**
   * Bytes of a piece are sent to a peer. Returns whether that completes the piece, so that there is something to {@link
   * deal}.
   */
  sent(peer: Peer, piece: number, offset: number, length: number, nowMs: number): boolean {
    const taking = this.#taking.get(peer);
    if (this.#isOver || taking === undefined) return false;
    const bytes = taking.advance(piece, offset, length);
    if (bytes === 0) return false;
    const dealt = this.#dealt.get(piece);
    if (dealt?.peer === peer) dealt.movedMs = nowMs;
    if (bytes < this.#lengthOf(piece)) return false;
    taking.took();
    this.#missedSince = 0;
    this.#sent += 1;
    this.#sentSince += 1;
    this.#lastSentMs = nowMs;
    this.#markOut(piece);
    return true;
  }

  /** The announcements to send now. */
  deal(nowMs: number): Reveal<Peer>[] {
    if (!this.#isOver) this.#review(nowMs);
    if (this.#isOver) return this.#hidden.revealRest(this.#hidden.peers);
    return [...this.#hidden.revealRest(this.#trusted), ...this.#dealOut(nowMs)];
  }

  #dealOut(nowMs: number): Reveal<Peer>[] {
    const reveals: Reveal<Peer>[] = [];
    const counts = new Map<Peer, number>();
    const inTheWay = new Map<Peer, number>();
    for (const [piece, dealt] of this.#dealt) {
      counts.set(dealt.peer, (counts.get(dealt.peer) ?? 0) + 1);
      if (this.#isInTheWay(piece, dealt, nowMs)) inTheWay.set(dealt.peer, (inTheWay.get(dealt.peer) ?? 0) + 1);
    }
    let room = this.#hidden.size === 1 ? MIN_DEPTH : this.#depth;
    const most = Math.ceil(room / Math.max(1, this.#hidden.size - this.#trusted.size));
    // What a peer was dealt while alone takes no more than its share of the room of the others.
    for (const [peer, count] of inTheWay) if (this.#hidden.of(peer)) room -= Math.min(count, most);
    for (let passed = 0; room > 0 && passed < this.#hidden.size; ) {
      const [peer, hidden] = this.#hidden.nextInTurn();
      const count = counts.get(peer) ?? 0;
      const misses = this.#taking.get(peer)?.misses ?? 0;
      const mayTake = this.#mayTake(peer, nowMs) && count < (misses > 0 ? 1 : most);
      const piece = hidden && mayTake ? this.#pool.any(hidden, this.#random) : undefined;
      passed += 1;
      if (piece === undefined || hidden === undefined) continue;
      hidden.clear(piece);
      this.#pool.delete(piece);
      this.#dealt.set(piece, { peer, atMs: nowMs, atSent: this.#sent, asked: 0, movedMs: nowMs });
      counts.set(peer, count + 1);
      reveals.push({ peer, piece });
      if (misses === 0) room -= 1;
      passed = 0;
    }
    return reveals;
  }

  /** Gives up pieces that were dealt in vain. */
  #review(nowMs: number): void {
    for (const [piece, dealt] of this.#dealt) {
      const { peer, atMs, atSent, asked } = dealt;
      if (asked === 0 && nowMs - atMs > UNWANTED_AFTER_MS) {
        this.#unwanted += 1;
        this.#markMissed(peer, nowMs);
        this.#markOut(piece);
      } else if (
        (asked > 0 && this.#isUntaken(piece, dealt, nowMs)) ||
        this.#sent - atSent > 8 * this.#depth ||
        nowMs - Math.max(atMs, this.#lastSentMs) > STUCK_AFTER_MS
      ) {
        this.#markMissed(peer, nowMs);
        this.#takeBack(piece);
      }
    }
    // Among so many inactive peers, an active one is found sooner when all pieces are announced.
    if (this.#unwanted >= this.#depth || this.#missedSince > 2 * this.#depth) this.#end();
    if (this.#hidden.size === 1 && this.#isAloneForLong(nowMs))
      for (const peer of this.#hidden.peers) this.#trusted.add(peer);
  }

  #isAloneForLong(nowMs: number): boolean {
    const isUnwanted = ({ asked, atMs }: Dealt<Peer>) => asked === 0 && nowMs - atMs > ALONE_UNWANTED_MS;
    return this.#sentSince >= ALONE_FOR_PIECES || [...this.#dealt.values()].some(isUnwanted);
  }

  /**
   * Whether its peer received all that it requested of the piece and requests no more. The peer keeps it while nothing
   * else is left to deal.
   */
  #isUntaken(piece: number, dealt: Dealt<Peer>, nowMs: number): boolean {
    if (this.#pool.size === 0 && !this.#isInTheWay(piece, dealt, nowMs)) return true;
    const taking = this.#taking.get(dealt.peer);
    const isPending = dealt.asked > (taking?.bytesOf(piece) ?? 0);
    return !isPending && nowMs - dealt.movedMs > UNTAKEN_AFTER_MS;
  }

  /** Whether a dealt piece delays others: it is in transfer, or was dealt just now. */
  #isInTheWay(piece: number, dealt: Dealt<Peer>, nowMs: number): boolean {
    const taking = this.#taking.get(dealt.peer);
    if (taking === undefined || taking.misses > 0) return false;
    if (dealt.asked > 0 && dealt.asked < this.#lengthOf(piece)) return false;
    return (dealt.asked > 0 && taking.bytesOf(piece) === 0) || nowMs - dealt.movedMs <= IN_THE_WAY_MS;
  }

  #mayTake(peer: Peer, nowMs: number): boolean {
    return this.#taking.get(peer)?.mayTake(nowMs) ?? false;
  }

  /** A peer did not take a dealt piece. */
  #markMissed(peer: Peer, nowMs: number): void {
    const taking = this.#taking.get(peer);
    taking?.miss(nowMs);
    if (taking) this.#missedSince += 1;
  }

  #takeBack(piece: number): void {
    this.#dealt.delete(piece);
    this.#pool.add(piece);
  }

  #markOut(piece: number): void {
    if (this.#isOver) return;
    this.#dealt.delete(piece);
    this.#pool.delete(piece);
    this.#out.set(piece);
    if (this.#out.isComplete) this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#dealt.clear();
  }
}
