interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
}

/** Scheduled events: a binary heap ordered by time, and by insertion among events of the same time. */
export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;
  #nowMs = 0;

  /** The time of the current event, in milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Number of events scheduled so far, including those still to come. */
  get count(): number {
    return this.#order;
  }

  in(delayMs: number, act: () => void): void {
    this.at(this.#nowMs + delayMs, act);
  }

  at(atMs: number, act: () => void): void {
    if (!(atMs >= this.#nowMs)) throw new RangeError(`${atMs} ms is over: it is ${this.#nowMs} ms`);
    const entry = { atMs, order: this.#order++, act };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const above = (index - 1) >>> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  /** Runs the next event; returns false if there is none before `untilMs`. */
  step(untilMs: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > untilMs) return false;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    this.#nowMs = first.atMs;
    first.act();
    return true;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      let child = heap[below];
      const right = heap[below + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        below += 1;
        child = right;
      }
      if (child === undefined || !isBefore(child, entry)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = entry;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
