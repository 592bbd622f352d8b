import type { Cancel, Clock } from '../util/clock.js';
import type { PeerStream } from './transport.js';

/** Keeps a stream from being read, for a while or until something is done, or both. */
export class StreamHold {
  readonly #stream: PeerStream;
  readonly #clock: Clock;
  #taken = 0;
  #cancelRest: Cancel | undefined;

  constructor(stream: PeerStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
  }

  /** Nothing is read until a `release`. */
  take(): void {
    this.#taken++;
    this.#stream.pause();
  }

  release(): void {
    this.#taken--;
    this.#resumeIfFree();
  }

  /** Nothing is read for so long. */
  rest(ms: number): void {
    this.#cancelRest?.();
    this.#stream.pause();
    this.#cancelRest = this.#clock.after(ms, () => {
      this.#cancelRest = undefined;
      this.#resumeIfFree();
    });
  }

  /** The stream is gone. */
  end(): void {
    this.#cancelRest?.();
  }

  #resumeIfFree(): void {
    if (this.#taken === 0 && !this.#cancelRest) this.#stream.resume();
  }
}
