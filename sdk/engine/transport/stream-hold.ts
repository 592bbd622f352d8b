import type { Cancel, Clock } from '../util/clock.js';
import type { PeerStream } from './transport.js';

/** Pauses reading from a stream for a time, until a release, or both. */
export class StreamHold {
  readonly #stream: PeerStream;
  readonly #clock: Clock;
  #taken = 0;
  #cancelRest: Cancel | undefined;

  constructor(stream: PeerStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /** Pauses until `release`. */
  take(): void {
    this.#taken++;
    this.#stream.pause();
  }

  release(): void {
    this.#taken--;
    this.#resumeIfFree();
  }

  /** Pauses for a time. */
  rest(ms: number): void {
    this.#cancelRest?.();
    this.#stream.pause();
    this.#cancelRest = this.#clock.after(ms, () => {
      this.#cancelRest = undefined;
      this.#resumeIfFree();
    });
  }

  /** The stream ended. */
  end(): void {
    this.#cancelRest?.();
  }

  #resumeIfFree(): void {
    if (this.#taken === 0 && !this.#cancelRest) this.#stream.resume();
  }
}
