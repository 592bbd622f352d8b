/** A {@link Bitfield} that its holder can read but not change. */
export type ReadonlyBitfield = Omit<Bitfield, 'set' | 'clear' | 'fill'>;

/**
 * A fixed number of bits, one a piece. The first piece is the highest bit of the first byte, as in BitTorrent's
 * `bitfield` message (BEP 3). Iterating yields the indices of the set bits in ascending order.
 */
export class Bitfield implements Iterable<number> {
  readonly length: number;
  readonly #words: Uint32Array;
  #count = 0;

  /** @throws RangeError when `length` is not a whole number of bits. */
  constructor(length: number) {
    if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`No bitfield has a length of ${length}`);
    this.length = length;
    this.#words = new Uint32Array(Math.ceil(length / 32));
  }

  /**
   * Decodes the wire format. `bytes` is copied; it takes two words for every 32 bits before it checks anything but the
   * length.
   * @throws RangeError if there are not exactly `ceil(length / 8)` bytes, or if a spare bit at the end is set
   */
  static fromBytes(bytes: Uint8Array, length: number): Bitfield {
    const byteLength = Math.ceil(length / 8);
    if (bytes.length !== byteLength) {
      throw new RangeError(`A bitfield of ${length} bits takes ${byteLength} bytes, not ${bytes.length}`);
    }
    const bits = new Bitfield(length);
    const words = bits.#words;
    const padded = new Uint8Array(words.byteLength);
    padded.set(bytes);
    const view = new DataView(padded.buffer);
    for (let word = 0; word < words.length; word++) {
      const value = view.getUint32(word * 4);
      words[word] = value;
      bits.#count += popcount(value);
    }
    if (((words.at(-1) ?? 0) & bits.#spareMask()) !== 0) throw new RangeError('A spare bit of a bitfield is set');
    return bits;
  }

  /** Number of set bits. */
  get count(): number {
    return this.#count;
  }

  get isComplete(): boolean {
    return this.#count === this.length;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** The bits in words of 32 for scans of many at a time: bit `i` is `0x80000000 >>> (i % 32)` of word `i / 32`. */
  get words(): ArrayLike<number> {
    return this.#words;
  }

  /** Whether bit `index` is set; false outside the bitfield. */
  has(index: number): boolean {
    return ((this.#words[index >>> 5] ?? 0) & maskOf(index)) !== 0 && index < this.length && index >= 0;
  }

  /** Sets a bit. Returns whether that changed it. @throws RangeError for an index outside the bitfield */
  set(index: number): boolean {
    const word = this.#word(index);
    const mask = maskOf(index);
    if ((word & mask) !== 0) return false;
    this.#words[index >>> 5] = word | mask;
    this.#count += 1;
    return true;
  }

  /** Clears a bit. Returns whether that changed it. @throws RangeError for an index outside the bitfield */
  clear(index: number): boolean {
    const word = this.#word(index);
    const mask = maskOf(index);
    if ((word & mask) === 0) return false;
    this.#words[index >>> 5] = word & ~mask;
    this.#count -= 1;
    return true;
  }

  /** Sets every bit. */
  fill(): this {
    this.#words.fill(0xffffffff);
    const last = this.#words.length - 1;
    if (last >= 0) this.#words[last] = ~this.#spareMask();
    this.#count = this.length;
    return this;
  }

  clone(): Bitfield {
    const copy = new Bitfield(this.length);
    copy.#words.set(this.#words);
    copy.#count = this.#count;
    return copy;
  }

  /** Encodes the wire format, `ceil(length / 8)` bytes, as a copy. */
  toBytes(): Uint8Array {
    const view = new DataView(new ArrayBuffer(this.#words.byteLength));
    for (const [index, word] of this.#words.entries()) view.setUint32(index * 4, word);
    return new Uint8Array(view.buffer, 0, Math.ceil(this.length / 8));
  }

  *[Symbol.iterator](): IterableIterator<number> {
    const words = this.#words;
    for (let index = 0; index < words.length; index++) {
      for (let rest = words[index] ?? 0; rest !== 0; ) {
        const bit = Math.clz32(rest);
        yield index * 32 + bit;
        rest &= ~maskOf(bit);
      }
    }
  }

  #word(index: number): number {
    const word = this.#words[index >>> 5];
    if (word === undefined || !Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`There is no bit ${index} in a bitfield of ${this.length}`);
    }
    return word;
  }

  /** Mask of the unused bits in the last word. */
  #spareMask(): number {
    const used = this.length % 32;
    return used === 0 ? 0 : 0xffffffff >>> used;
  }
}

function maskOf(index: number): number {
  return 0x80000000 >>> (index & 31);
}

/** Number of set bits in a word (Hacker's Delight, 5-1). */
export function popcount(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
