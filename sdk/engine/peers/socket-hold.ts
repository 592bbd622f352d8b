import type { TLSSocket } from 'node:tls';

/** Keeps a socket from being read, for a while or until something is done, or both. */
export class SocketHold {
  readonly #socket: TLSSocket;
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  /** Nothing is read until a `release`. */
  take(): void {
    this.#taken++;
    this.#socket.pause();
  }

  release(): void {
    this.#taken--;
    this.#resumeIfFree();
  }

  /** Nothing is read for so long. */
  rest(ms: number): void {
    clearTimeout(this.#timer);
    this.#socket.pause();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resumeIfFree();
    }, ms);
  }

  /** The socket is gone. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #resumeIfFree(): void {
    if (this.#taken === 0 && !this.#timer) this.#socket.resume();
  }
}
