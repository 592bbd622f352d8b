/** Several values for a key. Most keys have one, which takes no set. */
export class MultiMap<T extends object> {
  readonly #values = new Map<string, T | Set<T>>();

  add(key: string, value: T): void {
    const known = this.#values.get(key);
    if (known === undefined) this.#values.set(key, value);
    else if (known instanceof Set) known.add(value);
    else if (known !== value) this.#values.set(key, new Set([known, value]));
  }

  remove(key: string, value: T): void {
    const known = this.#values.get(key);
    if (known === value || (known instanceof Set && known.delete(value) && known.size === 0)) this.#values.delete(key);
  }

  /** In the order in which they were added. */
  get(key: string): Iterable<T> {
    const known = this.#values.get(key);
    if (known === undefined) return [];
    return known instanceof Set ? known : [known];
  }
}
