/** Milliseconds of delivering events until requests have their turn again. */
const SLICE_MS = 4;

interface Recipient {
  /** Sends what can be sent now. */
  flush(): void;
}

/**
 * Delivers events in slices of the event loop, one connection after another, because an event may concern thousands.
 */
export class Deliveries {
  readonly #waiting = new Set<Recipient>();
  #isScheduled = false;

  add(recipient: Recipient): void {
    this.#waiting.add(recipient);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#run());
  }

  #run(): void {
    const endsAtMs = performance.now() + SLICE_MS;
    this.#isScheduled = false;
    for (const recipient of this.#waiting) {
      this.#waiting.delete(recipient);
      recipient.flush();
      if (performance.now() >= endsAtMs) break;
    }
    const [next] = this.#waiting;
    if (next) this.add(next);
  }
}
