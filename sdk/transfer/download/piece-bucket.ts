import { Bitfield, popcount, type ReadonlyBitfield } from '../bitfield.js';

/** Words in a block: 32 words are 1,024 pieces, so 200,000 pieces make 196 blocks. */
const BLOCK_WORDS_LOG2 = 5;

/**
 * A set of pieces that finds a piece in common with a source, 32 pieces at a time, and skips empty blocks. A set with
 * few pieces in a large file is searched in some hundred steps.
 */
export class PieceBucket {
  readonly #pieces: Bitfield;
  readonly #perBlock: Uint16Array;

  constructor(pieceCount: number) {
    this.#pieces = new Bitfield(pieceCount);
    this.#perBlock = new Uint16Array((this.#pieces.words.length >>> BLOCK_WORDS_LOG2) + 1);
  }

  get size(): number {
    return this.#pieces.count;
  }

  add(piece: number): void {
    if (this.#pieces.set(piece)) this.#count(piece, 1);
  }

  delete(piece: number): void {
    if (this.#pieces.clear(piece)) this.#count(piece, -1);
  }

  /** The lowest piece that `source` has too. */
  first(source: ReadonlyBitfield): number | undefined {
    const word = this.#find(source, 0, this.#pieces.words.length);
    return word === undefined ? undefined : word * 32 + Math.clz32(this.#common(source, word));
  }

  /**
   * A random piece that `source` has too. It finds a word from a random position on, and chooses uniformly among its
   * common pieces. Over the whole set this is not quite uniform (pieces after a gap are more likely), but spreads a
   * swarm as well, and does not visit every piece.
   */
  any(source: ReadonlyBitfield, random: () => number): number | undefined {
    const end = this.#pieces.words.length;
    const start = Math.floor(random() * end);
    const word = this.#find(source, start, end) ?? this.#find(source, 0, start);
    if (word === undefined) return undefined;
    let common = this.#common(source, word);
    for (let skip = Math.floor(random() * popcount(common)); skip > 0; skip--) {
      common &= ~(0x80000000 >>> Math.clz32(common));
    }
    return word * 32 + Math.clz32(common);
  }

  /** The first word in [from, to) with a piece in common with `source`. */
  #find(source: ReadonlyBitfield, from: number, to: number): number | undefined {
    const mine = this.#pieces.words;
    const theirs = source.words;
    for (let word = from; word < to; ) {
      const block = word >>> BLOCK_WORDS_LOG2;
      if (this.#perBlock[block] === 0) {
        word = (block + 1) << BLOCK_WORDS_LOG2;
        continue;
      }
      if (((mine[word] ?? 0) & (theirs[word] ?? 0)) !== 0) return word;
      word += 1;
    }
    return undefined;
  }

  #common(source: ReadonlyBitfield, word: number): number {
    return (this.#pieces.words[word] ?? 0) & (source.words[word] ?? 0);
  }

  #count(piece: number, by: 1 | -1): void {
    const block = piece >>> (5 + BLOCK_WORDS_LOG2);
    this.#perBlock[block] = (this.#perBlock[block] ?? 0) + by;
  }
}
