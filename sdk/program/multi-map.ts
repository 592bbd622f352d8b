/** Several values for a key. Most keys have one, which takes no set. */
export class MultiMap<T extends object> {
  readonly #values = new Map<string, T | Set<T>>();

  /** Adds a value. One that the key has already is not added twice. */
  add(key: string, value: T): void {
    const known = this.#values.get(key);
    if (known === undefined) this.#values.set(key, value);
    else if (known instanceof Set) known.add(value);
    else if (known !== value) this.#values.set(key, new Set([known, value]));
  }

  /** Takes a value off if the key has it. */
  remove(key: string, value: T): void {
    const known = this.#values.get(key);
    if (known === value || (known instanceof Set && known.delete(value) && known.size === 0)) this.#values.delete(key);
  }

  /** Whether the key has a value. */
  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** In the order in which they were added. */
  get(key: string): Iterable<T> {
    const known = this.#values.get(key);
    if (known === undefined) return [];
    return known instanceof Set ? known : [known];
  }

  /** The number of values of a key. */
  count(key: string): number {
    const known = this.#values.get(key);
    if (known === undefined) return 0;
    return known instanceof Set ? known.size : 1;
  }

  /** The number of keys. */
  get size(): number {
    return this.#values.size;
  }

  /** The keys with their values. */
  *entries(): Iterable<readonly [string, Iterable<T>]> {
    for (const [key, known] of this.#values) yield [key, known instanceof Set ? known : [known]];
  }
}
