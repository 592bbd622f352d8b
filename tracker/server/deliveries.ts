/** For how long events are handed out before requests are answered again, milliseconds. */
const SLICE_MS = 4;

interface Recipient {
  /** Sends what may be sent now. */
  flush(): void;
}

/** Hands out events in slices of the event loop, to one connection after another: an event may concern thousands. */
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
