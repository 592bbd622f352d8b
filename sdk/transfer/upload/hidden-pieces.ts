import { Bitfield } from '../bitfield.js';

/** A piece to announce to a peer. */
export interface Reveal<Peer> {
  readonly peer: Peer;
  readonly piece: number;
}

/** Pieces announced to one peer at a time, once nothing is held back. */
const MAX_REVEALED_AT_ONCE = 2048;

/** What each peer has not been told of. Peers have turns. */
export class HiddenPieces<Peer> {
  readonly #pieceCount: number;
  /** Peers in turn, and what is hidden from each; undefined for those who know everything. */
  readonly #hidden = new Map<Peer, Bitfield | undefined>();

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
  }

  /** How many peers there are. */
  get size(): number {
    return this.#hidden.size;
  }

  get peers(): IterableIterator<Peer> {
    return this.#hidden.keys();
  }

  /** A peer came; everything is hidden from it, or nothing. Returns what to tell it of at first. */
  open(peer: Peer, hides: boolean): Bitfield {
    const shown = new Bitfield(this.#pieceCount);
    this.#hidden.set(peer, hides ? new Bitfield(this.#pieceCount).fill() : undefined);
    return hides ? shown : shown.fill();
  }

  /** A peer left; whether it was there. */
  close(peer: Peer): boolean {
    return this.#hidden.delete(peer);
  }

  of(peer: Peer): Bitfield | undefined {
    return this.#hidden.get(peer);
  }

  /** All pieces announced to a peer. */
  shownTo(peer: Peer): Bitfield {
    const shown = new Bitfield(this.#pieceCount).fill();
    for (const piece of this.of(peer) ?? []) shown.clear(piece);
    return shown;
  }

  /** Hides a piece no more; whether it was hidden. */
  reveal(peer: Peer, piece: number): boolean {
    return this.of(peer)?.clear(piece) ?? false;
  }

  nextInTurn(): [Peer, Bitfield | undefined] {
    for (const [peer, hidden] of this.#hidden) {
      this.#hidden.delete(peer);
      this.#hidden.set(peer, hidden);
      return [peer, hidden];
    }
    throw new Error('There is no peer');
  }

  /** Hides nothing from these any more: what to tell them of now, some of it later. */
  revealRest(peers: Iterable<Peer>): Reveal<Peer>[] {
    const reveals: Reveal<Peer>[] = [];
    for (const peer of peers) {
      const hidden = this.of(peer);
      let room = MAX_REVEALED_AT_ONCE;
      for (const piece of hidden ?? []) {
        if (room-- === 0) break;
        hidden?.clear(piece);
        reveals.push({ peer, piece });
      }
      if (hidden?.isEmpty) this.#hidden.set(peer, undefined);
    }
    return reveals;
  }
}
