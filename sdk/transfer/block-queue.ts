/** A part of a piece, to be asked of a source. */
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

/**
 * The pieces that one source is to give, while they are asked for block by block: one piece after the other, each block
 * where the one before it ends.
 */
export class BlockQueue {
  /** What is not asked for in full. Only the first can be asked for in part. */
  readonly #pieces: WantedPiece[] = [];
  /** Asked for and not answered, in that order. */
  readonly #owed: OwedBlock[] = [];

  /** How many blocks are asked for and not answered. */
  get owed(): number {
    return this.#owed.length;
  }

  /** Whether something is left to ask for. */
  get isWaiting(): boolean {
    return this.#pieces.length > 0;
  }

  /** Whether the next block goes on with a piece. */
  get isAmidPiece(): boolean {
    return (this.#pieces[0]?.asked ?? 0) > 0;
  }

  add(piece: number, length: number): void {
    this.#pieces.push({ piece, length, asked: 0 });
  }

  /** The next block to ask for, of so many bytes at most; undefined when all was asked for. */
  next(maxBytes: number): WantedBlock | undefined {
    const first = this.#pieces[0];
    if (!first) return undefined;
    const block = { piece: first.piece, offset: first.asked, length: Math.min(maxBytes, first.length - first.asked) };
    first.asked += block.length;
    if (first.asked === first.length) this.#pieces.shift();
    this.#owed.push({ ...block, received: 0 });
    return block;
  }

  /** Takes out a piece of which nothing was asked for yet, the first; undefined when there is none. */
  takeWhole(): number | undefined {
    const index = this.isAmidPiece ? 1 : 0;
    const [taken] = this.#pieces.splice(index, 1);
    return taken?.piece;
  }

  /** Bytes came. Answers come in the order of the questions. Returns how many blocks are answered by it. */
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

  /** A piece is not wanted any more, or there is nothing more to come of it. Returns its blocks that were not answered. */
  remove(piece: number): readonly WantedBlock[] {
    const waiting = this.#pieces.findIndex((one) => one.piece === piece);
    if (waiting >= 0) this.#pieces.splice(waiting, 1);
    const owed = this.#owed.filter((block) => block.piece === piece);
    if (owed.length > 0) this.#owed.splice(0, Infinity, ...this.#owed.filter((block) => block.piece !== piece));
    return owed;
  }
}
