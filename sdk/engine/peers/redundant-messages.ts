import { FrameError } from '../../protocol/index.js';
import type { Clock } from '../util/clock.js';

/** Redundant messages that a peer may send: the burst, and the long-term rate. */
const MAX_AT_ONCE = 8192;
const PER_SECOND = 500;

/**
 * Bounds redundant HAVE messages: those for pieces that the peer already announced, and those for closed channels. Other HAVE messages are
 * bounded by the number of pieces in the file.
 */
export class RedundantMessages {
  readonly #clock: Clock;
  #left = MAX_AT_ONCE;
  #countedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A channel closed: one HAVE for each of its pieces may still be in flight. */
  allow(messages: number): void {
    this.#left += messages;
  }

  /** Counts a redundant message. @throws FrameError if the peer sends too many */
  count(): void {
    if (--this.#left >= 0) return;
    const nowMs = this.#clock.nowMs();
    this.#left = Math.min(MAX_AT_ONCE, Math.floor(((nowMs - this.#countedMs) / 1000) * PER_SECOND));
    if (this.#left <= 0) throw new FrameError('too many redundant messages');
    this.#countedMs = nowMs;
  }
}
