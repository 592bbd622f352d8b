/** A block to request. */
export interface WantedBlock {
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

interface WantedPiece {
  readonly piece: number;
  readonly length: number;
  asked: number;
}

interface OwedBlock extends WantedBlock {
  received: number;
}

/** The pieces to request from one source, block by block: one piece after the other, in order. */
export class BlockQueue {
  /** Pieces that are not fully requested. Only the first can be partly requested. */
  readonly #pieces: WantedPiece[] = [];
  /** Requested and unanswered blocks, in order. */
  readonly #owed: OwedBlock[] = [];

  /** Number of unanswered blocks. */
  get owed(): number {
    return this.#owed.length;
  }

  /** Whether anything is left to request. */
  get isWaiting(): boolean {
    return this.#pieces.length > 0;
  }

  /** Whether the next block continues a piece. */
  get isAmidPiece(): boolean {
    return (this.#pieces[0]?.asked ?? 0) > 0;
  }

  add(piece: number, length: number): void {
    this.#pieces.push({ piece, length, asked: 0 });
  }

  /** The next block of at most `maxBytes`; undefined when all is requested. */
  next(maxBytes: number): WantedBlock | undefined {
    const first = this.#pieces[0];
    if (!first) return undefined;
    const block = { piece: first.piece, offset: first.asked, length: Math.min(maxBytes, first.length - first.asked) };
    first.asked += block.length;
    if (first.asked === first.length) this.#pieces.shift();
    this.#owed.push({ ...block, received: 0 });
    return block;
  }

  /** Removes the first piece of which nothing is requested yet; undefined if there is none. */
  takeWhole(): number | undefined {
    const index = this.isAmidPiece ? 1 : 0;
    const [taken] = this.#pieces.splice(index, 1);
    return taken?.piece;
  }

  /** Counts received bytes, which answer the blocks in order. Returns the number of completed blocks. */
  received(bytes: number): number {
    let [left, answered] = [bytes, 0];
    for (let first = this.#owed[0]; first; first = this.#owed[0]) {
      const part = Math.min(left, first.length - first.received);
      first.received += part;
      left -= part;
      if (first.received < first.length) break;
      this.#owed.shift();
      answered += 1;
    }
    return answered;
  }

  /** Removes a piece. Returns its unanswered blocks. */
  remove(piece: number): readonly WantedBlock[] {
    const waiting = this.#pieces.findIndex((one) => one.piece === piece);
    if (waiting >= 0) this.#pieces.splice(waiting, 1);
    const owed = this.#owed.filter((block) => block.piece === piece);
    if (owed.length > 0) this.#owed.splice(0, Infinity, ...this.#owed.filter((block) => block.piece !== piece));
    return owed;
  }
}
