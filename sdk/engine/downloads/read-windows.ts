import type { PieceRange, ReadonlyBitfield } from '../../transfer/index.js';

/** The pieces that a reader may read: from its position up to `end`. */
export interface Readable {
  readonly readerId: number;
  readonly end: number;
}

/** The positions of readers of an incomplete file. Each reader is notified once per move of how far it can read. */
export class ReadWindows {
  readonly #windows = new Map<number, PieceRange>();
  /** Readers that moved and have not been notified since. */
  readonly #waiting = new Set<number>();

  /** The pieces ahead of every reader. */
  get ranges(): PieceRange[] {
    return [...this.#windows.values()];
  }

  get isReading(): boolean {
    return this.#windows.size > 0;
  }

  move(readerId: number, window: PieceRange): void {
    this.#windows.set(readerId, window);
    this.#waiting.add(readerId);
  }

  leave(readerId: number): void {
    this.#windows.delete(readerId);
    this.#waiting.delete(readerId);
  }

  /** The readers to notify, given the verified pieces. */
  takeReadable(verified: ReadonlyBitfield): Readable[] {
    const readable: Readable[] = [];
    for (const readerId of this.#waiting) {
      const { first, end: last } = this.#windows.get(readerId) ?? { first: 0, end: 0 };
      let end = first;
      while (end < last && verified.has(end)) end += 1;
      if (end === first) continue;
      this.#waiting.delete(readerId);
      readable.push({ readerId, end });
    }
    return readable;
  }
}
