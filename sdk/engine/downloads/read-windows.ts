import type { PieceRange, ReadonlyBitfield } from '../../transfer/index.js';

/** What a reader may read: the pieces before `end`, from where it said it stands. */
export interface Readable {
  readonly readerId: number;
  readonly end: number;
}

/** Where those stand who read a file while it is on its way. Each hears once a move how far it can read on. */
export class ReadWindows {
  readonly #windows = new Map<number, PieceRange>();
  /** Those who have not heard since they moved. */
  readonly #waiting = new Set<number>();

  /** Every reader's pieces ahead. */
  get ranges(): PieceRange[] {
    return [...this.#windows.values()];
  }

  get isReading(): boolean {
    return this.#windows.size > 0;
  }

  /** A reader came, or moved on. */
  move(readerId: number, window: PieceRange): void {
    this.#windows.set(readerId, window);
    this.#waiting.add(readerId);
  }

  leave(readerId: number): void {
    this.#windows.delete(readerId);
    this.#waiting.delete(readerId);
  }

  /** Whom to tell what, now that these pieces are there. */
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
