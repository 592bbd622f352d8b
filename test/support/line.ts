/** A peer's line to the network. */
export interface LineOptions {
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
  /** One-way latency from the peer to the middle of the network. A message takes the sum of both ends. */
  readonly latencyMs: number;
}

/**
 * The time that blocks take on a peer's line. Each direction carries one block after the other. With one block in flight per pair of peers,
 * that shares a line equally among its users. A block passes through the lines of both ends at the same time: it takes as long as the
 * slower one, and waits while either line is busy.
 */
export class Line {
  readonly latencyMs: number;
  readonly #upMsPerByte: number;
  readonly #downMsPerByte: number;
  receivedBytes = 0;
  #upFreeMs = 0;
  #downFreeMs = 0;

  constructor({ upBytesPerSecond, downBytesPerSecond, latencyMs }: LineOptions) {
    this.latencyMs = latencyMs;
    this.#upMsPerByte = 1000 / upBytesPerSecond;
    this.#downMsPerByte = 1000 / downBytesPerSecond;
  }

  /** The time at which a block that is sent at `nowMs` begins to leave. */
  startOf(nowMs: number): number {
    return Math.max(nowMs, this.#upFreeMs);
  }

  /** Sends a block at `nowMs`. Returns the time at which its last byte has left. */
  send(bytes: number, nowMs: number): number {
    this.#upFreeMs = Math.max(nowMs, this.#upFreeMs) + bytes * this.#upMsPerByte;
    return this.#upFreeMs;
  }

  /** Receives a block whose last byte would arrive at `nowMs` on an idle line. Returns the time at which it arrives. */
  receive(bytes: number, nowMs: number): number {
    this.receivedBytes += bytes;
    this.#downFreeMs = Math.max(nowMs, this.#downFreeMs + bytes * this.#downMsPerByte);
    return this.#downFreeMs;
  }
}
