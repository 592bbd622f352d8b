import type { AcceptedReader, AcceptedStream, DialledReader } from '../../sdk/engine/transport/transport.js';
import type { Cancel, Clock } from '../../sdk/engine/util/clock.js';
import type { MemoryPipe } from './memory-pipe.js';

/** Consumes data from `offset`. Returns the offset at which it paused. */
type Sink = (bytes: Uint8Array, offset: number) => number;

/** One end of a stream between two devices of one process. */
export class MemoryStream implements AcceptedStream {
  readonly deviceId: string;
  /** Whether `admit` was called. */
  isAdmitted = false;
  readonly #clock: Clock;
  readonly #incoming: MemoryPipe;
  readonly #outgoing: MemoryPipe;
  readonly #onGone: () => void;
  #sink: Sink | undefined;
  #onClosed: ((reason: string | undefined) => void) | undefined;
  #isPaused = false;
  #isClosed = false;
  #movedMs = 0;
  #cancelIdle: Cancel | undefined;

  constructor(
    deviceId: string,
    clock: Clock,
    { incoming, outgoing }: Readonly<Record<'incoming' | 'outgoing', MemoryPipe>>,
    onGone: () => void = () => {},
  ) {
    this.deviceId = deviceId;
    this.#clock = clock;
    this.#onGone = onGone;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    incoming.onArrival = () => this.#read();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get unsentBytes(): number {
    return this.#outgoing.heldBytes;
  }

  write(bytes: Uint8Array): void {
    this.#movedMs = this.#clock.nowMs();
    this.#outgoing.write(bytes);
  }

  writeAlone(bytes: Uint8Array, onWritten: () => void): void {
    this.#movedMs = this.#clock.nowMs();
    this.#outgoing.write(bytes, onWritten);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#clock.after(0, () => this.#read());
  }

  admit(): void {
    this.isAdmitted = true;
  }

  /** Stops writing, and continues to read. */
  end(): void {
    this.#outgoing.end();
  }

  destroy(): void {
    this.#close(undefined);
    this.#outgoing.cut();
  }

  /** Simulates a broken line: both ends lose the data in flight. */
  reset(): void {
    this.#incoming.reset();
    this.#outgoing.reset();
    this.#close('read ECONNRESET');
  }

  start(reader: AcceptedReader): void {
    this.#begin(reader, (bytes, offset) => {
      reader.onBytes(Buffer.from(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset));
      return bytes.length;
    });
    this.#movedMs = this.#clock.nowMs();
    this.#watchIdle(reader, reader.idleTimeoutMs);
  }

  /** The dialling end starts to read. */
  startDialled(reader: DialledReader): void {
    this.#begin(reader, (bytes, offset) => {
      let at = offset;
      while (at < bytes.length && !this.#isPaused && !this.#isClosed) {
        const target = reader.nextRead();
        const count = Math.min(target.length, bytes.length - at);
        target.set(bytes.subarray(at, at + count));
        at += count;
        if (!reader.onRead(count)) this.#isPaused = true;
      }
      return at;
    });
  }

  /** The dial failed: nobody listens, or another device does. */
  fail(reason: string): void {
    this.#close(reason);
    this.#outgoing.cut();
  }

  #begin(reader: Pick<AcceptedReader, 'onClosed'>, sink: Sink): void {
    this.#sink = sink;
    this.#onClosed = (reason) => reader.onClosed(reason);
    if (this.#incoming.first) this.#clock.after(0, () => this.#read());
  }

  #read(): void {
    const sink = this.#sink;
    if (!sink) return;
    while (!this.#isPaused && !this.#isClosed) {
      const chunk = this.#incoming.first;
      if (!chunk) break;
      this.#movedMs = this.#clock.nowMs();
      this.#incoming.took(sink(chunk.bytes, chunk.taken) - chunk.taken);
    }
    if (this.#isClosed || !this.#incoming.isOver) return;
    if (this.#incoming.isBroken) this.#close('read ECONNRESET');
    else if (!this.#isPaused) this.destroy();
  }

  #watchIdle(reader: AcceptedReader, ms: number): void {
    this.#cancelIdle = this.#clock.after(ms, () => {
      const leftMs = this.#movedMs + reader.idleTimeoutMs - this.#clock.nowMs();
      if (leftMs > 0) this.#watchIdle(reader, leftMs);
      else reader.onIdle();
    });
  }

  #close(reason: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onGone();
    this.#cancelIdle?.();
    this.#incoming.drop();
    this.#clock.after(0, () => this.#onClosed?.(reason));
  }
}
