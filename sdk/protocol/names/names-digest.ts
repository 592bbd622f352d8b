import { createHash } from 'node:crypto';

const DIGEST_BYTES = 32;

/** The digest of a set of names, in whatever order they are added: the XOR of the SHA-256 of their keys (`nameKey`). */
export class NamesDigest {
  readonly #xor = Buffer.alloc(DIGEST_BYTES);
  #count = 0;

  /** Number of names. */
  get count(): number {
    return this.#count;
  }

  /** Adds a name, which must not be in the set yet. */
  addKey(key: string): void {
    const digest = createHash('sha256').update(key).digest();
    for (let index = 0; index < DIGEST_BYTES; index++)
      this.#xor[index] = (this.#xor[index] ?? 0) ^ (digest[index] ?? 0);
    this.#count += 1;
  }

  /** 64 hexadecimal digits; zeros without a name. */
  toString(): string {
    return this.#xor.toString('hex');
  }
}
