/** What waits under one key, by a key below it: a person's connections, say. */
type Lane<T> = Map<string, T[]>;

/**
 * A queue in which everybody comes in turn: one item of each outer key after another's, and of each inner key below it. Who brings
 * many items waits longer for them, and nobody else does.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #counts = new Map<string, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many items wait under an outer key. */
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

  /** Takes the first item of whose turn it is, of those whom `may` lets through. */
  shift(may: (item: T) => boolean = () => true): T | undefined {
    for (const [outer, lane] of this.#lanes) {
      for (const [inner, items] of lane) {
        const [item] = items;
        if (item === undefined || !may(item)) continue;
        items.shift();
        // Back to the end of the line.
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

  /** Takes the last item of whoever has the most. */
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

  /** Takes an item out, wherever it waits; whether it did. */
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
