import { FrameError } from '../../protocol/index.js';
import type { Clock } from '../util/clock.js';

/** What a source may say without news, at once and in the long run. */
const MAX_AT_ONCE = 8192;
const PER_SECOND = 500;

/**
 * Bounds how often a source tells of pieces that it is known to have, or of those of a file that is closed. What is news has
 * no other bound than the file: each piece is told of once.
 */
export class IdleTalk {
  readonly #clock: Clock;
  #left = MAX_AT_ONCE;
  #countedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of a file that is closed so much may be on its way: every piece is told of once. */
  allow(messages: number): void {
    this.#left += messages;
  }

  /** @throws FrameError when there was too much of it */
  count(): void {
    if (--this.#left >= 0) return;
    const nowMs = this.#clock.steadyMs();
    this.#left = Math.min(MAX_AT_ONCE, Math.floor(((nowMs - this.#countedMs) / 1000) * PER_SECOND));
    if (this.#left <= 0) throw new FrameError('too much without news');
    this.#countedMs = nowMs;
  }
}
