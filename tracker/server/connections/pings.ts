interface Pinged {
  ping(): void;
}

/** The longest time between two steps. */
const STEP_MS = 100;

/** Pings each connection once in an interval, some of them in each step: thousands at once would hold up everybody. */
export class Pings {
  readonly #steps: readonly Set<Pinged>[];
  readonly #places = new Map<Pinged, Set<Pinged>>();
  readonly #timer: NodeJS.Timeout;
  #nextPlace = 0;
  #nextStep = 0;

  constructor(everyMs: number) {
    const stepMs = Math.min(STEP_MS, everyMs);
    this.#steps = Array.from({ length: Math.round(everyMs / stepMs) }, () => new Set());
    this.#timer = setInterval(() => {
      for (const one of this.#at(this.#nextStep++)) one.ping();
    }, stepMs).unref();
  }

  add(one: Pinged): void {
    const place = this.#at(this.#nextPlace++);
    this.#places.set(one, place.add(one));
  }

  delete(one: Pinged): void {
    this.#places.get(one)?.delete(one);
    this.#places.delete(one);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #at(step: number): Set<Pinged> {
    return this.#steps[step % this.#steps.length] ?? new Set();
  }
}
