/** The items of one outer key, by inner key, for example the connections of a user. */
type Lane<T> = Map<string, T[]>;

/**
 * A queue that alternates between outer keys, and within each between inner keys. A key with many items delays only
 * itself.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #counts = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Number of items under an outer key. */
  count(outer: string): number {
    return this.#counts.get(outer) ?? 0;
  }

  push(outer: string, inner: string, item: T): void {
    const lane = this.#lanes.get(outer) ?? new Map<string, T[]>();
    this.#lanes.set(outer, lane);
    const items = lane.get(inner);
    if (items) items.push(item);
    else lane.set(inner, [item]);
    this.#count(outer, 1);
  }

  /** Removes and returns the first item whose turn it is and that `may` accepts. */
  shift(may: (item: T) => boolean = () => true): T | undefined {
    for (const [outer, lane] of this.#lanes) {
      for (const [inner, items] of lane) {
        const [item] = items;
        if (item === undefined || !may(item)) continue;
        items.shift();
        // The key goes to the end of the round.
        lane.delete(inner);
        if (items.length > 0) lane.set(inner, items);
        this.#lanes.delete(outer);
        if (lane.size > 0) this.#lanes.set(outer, lane);
        this.#count(outer, -1);
        return item;
      }
    }
    return undefined;
  }

  /** Removes and returns the last item of the key with the most items. */
  pop(): T | undefined {
    const [outer] = [...this.#counts].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
    const lane = this.#lanes.get(outer);
    const [inner, items] = [...(lane ?? [])].reduce<[string, T[]]>(
      (most, one) => (one[1].length > most[1].length ? one : most),
      ['', []],
    );
    const item = items.pop();
    if (item === undefined) return undefined;
    if (items.length === 0) lane?.delete(inner);
    if (lane?.size === 0) this.#lanes.delete(outer);
    this.#count(outer, -1);
    return item;
  }

  /** Removes an item. Returns false if it was not queued. */
  remove(outer: string, inner: string, item: T): boolean {
    const lane = this.#lanes.get(outer);
    const items = lane?.get(inner);
    const at = items?.indexOf(item) ?? -1;
    if (!lane || !items || at < 0) return false;
    items.splice(at, 1);
    if (items.length === 0) lane.delete(inner);
    if (lane.size === 0) this.#lanes.delete(outer);
    this.#count(outer, -1);
    return true;
  }

  #count(outer: string, by: number): void {
    this.#size += by;
    const count = this.count(outer) + by;
    if (count === 0) this.#counts.delete(outer);
    else this.#counts.set(outer, count);
  }
}
