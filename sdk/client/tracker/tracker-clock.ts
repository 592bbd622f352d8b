/**
 * The tracker's clock, as far as this device knows it from the tracker's answers. It continues with this device's monotonic
 * clock, so that a change of this device's time does not affect it.
 */
export class TrackerClock {
  #aheadMs = 0;

  /** The time on the tracker's clock, in milliseconds since 1970. */
  nowMs(): number {
    return performance.now() + this.#aheadMs;
  }

  /**
   * Sets the clock by an answer of the tracker.
   * @param trackerMs the tracker's time in the answer
   * @param askedAtMs `performance.now()` when the request was sent
   */
  set(trackerMs: number, askedAtMs: number): void {
    this.#aheadMs = trackerMs - (askedAtMs + performance.now()) / 2;
  }
}
