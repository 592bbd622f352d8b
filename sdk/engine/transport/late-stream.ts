import type { PeerStream } from './transport.js';

/** A stream to a peer that exists only once another connection does. */
export class LateStream implements PeerStream {
  readonly #giveUp: () => void;
  #stream: PeerStream | undefined;
  #isDestroyed = false;

  /** @param giveUp ends the wait for the stream */
  constructor(giveUp: () => void) {
    this.#giveUp = giveUp;
  }

  arrived(stream: PeerStream): void {
    if (this.#isDestroyed) stream.destroy();
    else this.#stream = stream;
  }

  get unsentBytes(): number {
    return this.#stream?.unsentBytes ?? 0;
  }

  write(bytes: Uint8Array): void {
    this.#stream?.write(bytes);
  }

  writeAlone(bytes: Uint8Array, onWritten: (error?: Error | null) => void): void {
    this.#stream?.writeAlone(bytes, onWritten);
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    if (this.#stream) this.#stream.destroy();
    else this.#giveUp();
  }
}
