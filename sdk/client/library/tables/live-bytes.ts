/** Counts the live bytes of the library's file: those of current records. The rest is dead. */
export class LiveBytes {
  readonly #sizes = new WeakMap<object, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** Adds a current record that is not written yet. */
  add(record: object): void {
    this.#sizes.set(record, 0);
  }

  /** Records the written size of a record, unless it was replaced or removed meanwhile. */
  set(record: object, bytes: number): void {
    const before = this.#sizes.get(record);
    if (before === undefined) return;
    this.#sizes.set(record, bytes);
    this.#total += bytes - before;
  }

  /** Drops a record that was replaced or removed. */
  drop(record: object): void {
    this.#total -= this.#sizes.get(record) ?? 0;
    this.#sizes.delete(record);
  }
}
