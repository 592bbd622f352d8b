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

/** One piece in so many may be dealt and not sent at a time: what may be sent twice in the end, and what a line holds. */
const DEPTH_SHARE = 32;
const MIN_DEPTH = 4;
const MAX_DEPTH = 64;
/** Who asks for a piece asks as soon as it has the one before: who does not by then has it. On a slow line that takes seconds. */
const UNWANTED_AFTER_MS = 3000;
/** Nothing was sent for so long: those who were dealt something are too slow, and others may have it too. */
const STUCK_AFTER_MS = 5000;
/** Who was dealt a piece and asked for no more than a part of it, or takes it no further, has so long before it is for others. */
const UNTAKEN_AFTER_MS = 500;
/** What is dealt and not asked for, or not taken any further, keeps nothing from being dealt to others for longer than this. */
const IN_THE_WAY_MS = 1000;
/** Who is alone for so many pieces is told of everything: others who begin at the same time have come by then. */
const ALONE_FOR_PIECES = 16;
/** So is who is alone and does not ask for what it was dealt: it has it, and lacks something else. */
const ALONE_UNWANTED_MS = 500;

interface Dealt<Peer> {
  readonly peer: Peer;
  readonly atMs: number;
  /** How many pieces had been sent by then. */
  readonly atSent: number;
  /** Up to which byte its peer asked for it. */
  asked: number;
  /** When its peer last asked for some of it, or was sent some. */
  movedMs: number;
}

/**
 * Super-seeding (BEP 16): sends every piece once before any piece twice, though the peers know nothing of one another's
 * requests. Each piece is dealt to one peer, in turn, and only few pieces at a time, so that few are left over in the end. When
 * each piece was sent, or turned out to be available elsewhere, all peers are told of everything.
 *
 * A peer that is alone is dealt sixteen pieces, then told of everything: there is nobody to spread to, and peers that began at the same
 * time have come by then. A piece that its peer does not request within three seconds is taken to be known to the peer already; if
 * that holds for most of a file, the file is not new and nothing is held back. Only whole pieces that were sent count, so a peer that
 * takes bytes slowly or not at all holds up nobody, and is dealt ever fewer pieces. A peer that reads a file is told of what it needs next.
 *
 * No socket and no clock: the caller reports what happens, and calls {@link deal} after it and several times a second.
 */
export class SuperSeeder<Peer> {
  readonly #random: () => number;
  readonly #lengthOf: (piece: number) => number;
  readonly #depth: number;
  /** Pieces that were not sent yet and that nobody is to ask for. */
  readonly #pool: PieceBucket;
  readonly #out: Bitfield;
  readonly #dealt = new Map<number, Dealt<Peer>>();
  /** What each peer has not been told of. */
  readonly #hidden: HiddenPieces<Peer>;
  readonly #taking = new Map<Peer, Taking>();
  /** Those from whom nothing is held back any more. */
  readonly #trusted = new Set<Peer>();
  #sent = 0;
  /** Pieces sent since a peer came or went. */
  #sentSince = 0;
  #lastSentMs = -Infinity;
  /** Pieces not asked for, less those asked for, 0 at least. */
  #unwanted = 0;
  /** Pieces dealt in vain since one was sent. */
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

  /** A peer came; what to tell it of at first. */
  open(peer: Peer): Bitfield {
    this.#taking.set(peer, new Taking());
    this.#sentSince = 0;
    return this.#hidden.open(peer, !this.#isOver);
  }

  /** What a peer was told of, all in all. */
  shownTo(peer: Peer): Bitfield {
    return this.#hidden.shownTo(peer);
  }

  /** A peer left: what it was dealt is for others. */
  close(peer: Peer): void {
    if (!this.#hidden.close(peer)) return;
    this.#trusted.delete(peer);
    this.#taking.delete(peer);
    this.#sentSince = 0;
    for (const [piece, dealt] of this.#dealt) if (dealt.peer === peer) this.#takeBack(piece);
  }

  /** A peer needs a piece before others. Whether to tell it of the piece: it was not told before. */
  wanted(peer: Peer, piece: number): boolean {
    return this.#hidden.reveal(peer, piece);
  }

  /** A peer asks for a piece, or a part of it. */
  requested(peer: Peer, piece: number, offset: number, length: number, nowMs: number): void {
    if (this.#isOver || this.#out.has(piece)) return;
    const dealt = this.#dealt.get(piece);
    if (dealt === undefined) {
      const isWhole = offset === 0 && length === this.#lengthOf(piece);
      if (!isWhole || !this.#mayTake(peer, nowMs)) return; // it is dealt to somebody all the same
      this.#pool.delete(piece);
      this.#dealt.set(piece, { peer, atMs: nowMs, atSent: this.#sent, asked: length, movedMs: nowMs });
    } else if (dealt.peer === peer && offset <= dealt.asked) {
      if (dealt.asked === 0) this.#unwanted = Math.max(0, this.#unwanted - 1);
      if (offset + length <= dealt.asked) return;
      dealt.asked = offset + length;
      dealt.movedMs = nowMs;
    }
  }

  /** A peer no longer asks for a piece. */
  withdrawn(peer: Peer, piece: number): void {
    if (this.#dealt.get(piece)?.peer === peer) this.#takeBack(piece);
  }

  /** Bytes of a piece are on their way to a peer. Whether it has all of the piece by that, so that there is something to {@link deal}. */
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

  /** What to tell whom now. */
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
    // What one was dealt while it was alone takes no more of the others' room than its share.
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

  /** Gives up on what was dealt in vain. */
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
    // Among so many who take nothing, whoever would is found sooner when all are told of everything.
    if (this.#unwanted >= this.#depth || this.#missedSince > 2 * this.#depth) this.#end();
    if (this.#hidden.size === 1 && this.#isAloneForLong(nowMs))
      for (const peer of this.#hidden.peers) this.#trusted.add(peer);
  }

  #isAloneForLong(nowMs: number): boolean {
    const isUnwanted = ({ asked, atMs }: Dealt<Peer>) => asked === 0 && nowMs - atMs > ALONE_UNWANTED_MS;
    return this.#sentSince >= ALONE_FOR_PIECES || [...this.#dealt.values()].some(isUnwanted);
  }

  /** Whether its peer was sent all that it asked for of a piece, and asks for no more; or keeps it while nothing else is left to deal. */
  #isUntaken(piece: number, dealt: Dealt<Peer>, nowMs: number): boolean {
    if (this.#pool.size === 0 && !this.#isInTheWay(piece, dealt, nowMs)) return true;
    const taking = this.#taking.get(dealt.peer);
    const isPending = dealt.asked > (taking?.bytesOf(piece) ?? 0);
    return !isPending && nowMs - dealt.movedMs > UNTAKEN_AFTER_MS;
  }

  /** Whether others wait with theirs for a piece that is dealt: it is being taken, or was dealt just now. */
  #isInTheWay(piece: number, dealt: Dealt<Peer>, nowMs: number): boolean {
    const taking = this.#taking.get(dealt.peer);
    if (taking === undefined || taking.misses > 0) return false;
    if (dealt.asked > 0 && dealt.asked < this.#lengthOf(piece)) return false;
    return (dealt.asked > 0 && taking.bytesOf(piece) === 0) || nowMs - dealt.movedMs <= IN_THE_WAY_MS;
  }

  #mayTake(peer: Peer, nowMs: number): boolean {
    return this.#taking.get(peer)?.mayTake(nowMs) ?? false;
  }

  /** A peer did not take what it was dealt. */
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
