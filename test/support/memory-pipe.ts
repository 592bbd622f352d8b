import type { Clock } from '../../sdk/engine/util/clock.js';
import type { Line } from './line.js';

/** Data in flight, and the number of bytes already read. */
interface Chunk {
  readonly bytes: Uint8Array;
  taken: number;
  readonly onTaken: (() => void) | undefined;
}

/** The lines of a pipe, from the writer's to the reader's. */
export interface Route {
  readonly from: Line;
  readonly to: Line;
}

/** The part of a large chunk that arrives as soon as the chunk begins to leave. */
const FIRST_PACKET_BYTES = 1400;

/**
 * One direction of a stream: data arrives in order and waits until it is read. Without a route it arrives in the next turn, and a large
 * chunk counts as written once it is read. With a route it takes the time of both lines, and the chunk counts as written once it has passed
 * them.
 */
export class MemoryPipe {
  /** Called when data arrived or the pipe ended. */
  onArrival: () => void = () => {};
  readonly #clock: Clock;
  readonly #route: Route | undefined;
  /** Writes that wait for a large chunk to leave. */
  #leaving: (() => void)[] = [];
  #isLeaving = false;
  #arrived: Chunk[] = [];
  #heldBytes = 0;
  #lastArrivalMs = 0;
  #isWaking = false;
  /** The writer has ended the pipe. */
  #isEnded = false;
  #isDropped = false;
  isOver = false;
  isBroken = false;

  constructor(clock: Clock, route: Route | undefined) {
    this.#clock = clock;
    this.#route = route;
  }

  /** Written bytes that were neither read nor sent. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get first(): Chunk | undefined {
    return this.#arrived[0];
  }

  /** @param onWritten called when a large chunk's bytes are no longer needed */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    if (this.#isEnded || this.#isDropped) return;
    this.#heldBytes += bytes.length;
    if (!this.#route) this.#put({ bytes, taken: 0, onTaken: onWritten });
    else if (onWritten) this.#leave(() => this.#sendLarge(bytes, onWritten));
    else this.#leave(() => this.#sendSmall(bytes));
  }

  /** `count` bytes of the first chunk were read. */
  took(count: number): void {
    const [chunk] = this.#arrived;
    if (!chunk) return;
    chunk.taken += count;
    if (!this.#route) this.#heldBytes -= count;
    if (chunk.taken < chunk.bytes.length) return;
    this.#arrived.shift();
    const { onTaken } = chunk;
    if (onTaken) this.#clock.after(0, onTaken);
  }

  /** The writer ends the pipe; what it wrote still arrives. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#leave(() => this.#at(this.#arrivalMs(), () => this.#finish()));
  }

  /** The writer is gone: data that has not left is lost. */
  cut(): void {
    this.#leaving = [];
    this.#isLeaving = false;
    this.end();
  }

  /** The line breaks: nothing more arrives. */
  reset(): void {
    this.drop();
    this.#isEnded = true;
    this.isBroken = true;
    this.#finish();
  }

  /** The reader is gone. */
  drop(): void {
    this.#isDropped = true;
    this.#arrived = [];
    this.#leaving = [];
  }

  get #latencyMs(): number {
    return this.#route ? this.#route.from.latencyMs + this.#route.to.latencyMs : 0;
  }

  #leave(send: () => void): void {
    if (this.#isLeaving) this.#leaving.push(send);
    else send();
  }

  #left(): void {
    this.#isLeaving = false;
    while (!this.#isLeaving) {
      const next = this.#leaving.shift();
      if (!next) return;
      next();
    }
  }

  #sendSmall(bytes: Uint8Array): void {
    this.#heldBytes -= bytes.length;
    this.#at(this.#arrivalMs(), () => this.#put({ bytes, taken: 0, onTaken: undefined }));
  }

  #sendLarge(bytes: Uint8Array, onWritten: () => void): void {
    if (!this.#route) return;
    const { from, to } = this.#route;
    const clock = this.#clock;
    const own = Buffer.from(bytes);
    const first = own.subarray(0, FIRST_PACKET_BYTES);
    const rest = own.subarray(FIRST_PACKET_BYTES);
    this.#isLeaving = true;
    this.#at(this.#arrivalMs(from.startOf(clock.nowMs())), () =>
      this.#put({ bytes: first, taken: 0, onTaken: undefined }),
    );
    this.#at(from.send(own.length, clock.nowMs()), () => {
      const throughMs = to.receive(own.length, clock.nowMs());
      this.#at(this.#arrivalMs(throughMs), () => this.#put({ bytes: rest, taken: 0, onTaken: undefined }));
      this.#at(throughMs, () => {
        this.#heldBytes -= own.length;
        onWritten();
      });
      this.#left();
    });
  }

  /** The arrival time of data that leaves at that time: after all that left before. */
  #arrivalMs(leavesMs = this.#clock.nowMs()): number {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, leavesMs + this.#latencyMs);
    return this.#lastArrivalMs;
  }

  #at(ms: number, act: () => void): void {
    this.#clock.after(Math.max(0, ms - this.#clock.nowMs()), act);
  }

  #put(chunk: Chunk): void {
    if (this.#isDropped) return;
    if (chunk.bytes.length > 0) this.#arrived.push(chunk);
    this.#wake();
  }

  #finish(): void {
    this.isOver = true;
    this.#wake();
  }

  /** Notifies the reader: on a line at once, since arrival is an event of its own; otherwise in the next turn. */
  #wake(): void {
    if (this.#route) this.onArrival();
    else if (!this.#isWaking) {
      this.#isWaking = true;
      this.#clock.after(0, () => {
        this.#isWaking = false;
        this.onArrival();
      });
    }
  }
}
