/** A peer's line to everyone else. */
export interface LineOptions {
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
  /** From here to the middle of the network; a message takes both ends' together. */
  readonly latencyMs: number;
}

/**
 * How long blocks take on a peer's line. Each way carries one block after the other; with one block in flight for each
 * pair of peers, that shares a line equally among those who use it. A block passes through both ends' lines at the same
 * time: it takes as long as the slower of them, and waits where another one is still on its way.
 */
export class Line {
  readonly latencyMs: number;
  readonly #upMsPerByte: number;
  readonly #downMsPerByte: number;
  /** All that came. */
  receivedBytes = 0;
  #upFreeMs = 0;
  #downFreeMs = 0;

  constructor({ upBytesPerSecond, downBytesPerSecond, latencyMs }: LineOptions) {
    this.latencyMs = latencyMs;
    this.#upMsPerByte = 1000 / upBytesPerSecond;
    this.#downMsPerByte = 1000 / downBytesPerSecond;
  }

  /** When what is handed to the line at `nowMs` begins to leave. */
  startOf(nowMs: number): number {
    return Math.max(nowMs, this.#upFreeMs);
  }

  /** A block is handed to the line at `nowMs`; when the last of it has left. */
  send(bytes: number, nowMs: number): number {
    this.#upFreeMs = Math.max(nowMs, this.#upFreeMs) + bytes * this.#upMsPerByte;
    return this.#upFreeMs;
  }

  /** The last of a block could be here at `nowMs` if nothing else came; when it is. */
  receive(bytes: number, nowMs: number): number {
    this.receivedBytes += bytes;
    this.#downFreeMs = Math.max(nowMs, this.#downFreeMs + bytes * this.#downMsPerByte);
    return this.#downFreeMs;
  }
}
