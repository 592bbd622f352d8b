/** How many bytes of the library's file are records as they are now; the rest is dead. */
export class LiveBytes {
  readonly #sizes = new WeakMap<object, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** A record is there from now on, and is not written yet. */
  add(record: object): void {
    this.#sizes.set(record, 0);
  }

  /** A record was written with so many bytes. One that has been replaced or removed meanwhile is dead. */
  set(record: object, bytes: number): void {
    const before = this.#sizes.get(record);
    if (before === undefined) return;
    this.#sizes.set(record, bytes);
    this.#total += bytes - before;
  }

  /** A record was replaced or removed. */
  drop(record: object): void {
    this.#total -= this.#sizes.get(record) ?? 0;
    this.#sizes.delete(record);
  }
}
