import { feedReader } from '../transport/feed-reader.js';
import type { DialledReader, PeerStream, StreamReader } from '../transport/transport.js';

/** The first read. A peer sends nothing before it has read a ticket, so that no data follows before the stream is bound. */
const FIRST_READ_BYTES = 4096;

export interface CandidateCallbacks {
  /** The peer has proved its device id. The stream is bound or destroyed now, before it reads anything. */
  onConnected(candidate: Candidate): void;
  /** The stream ended before it was bound. This is the last call. */
  onFailed(candidate: Candidate, reason: string): void;
}

/** One of several streams that are opened to the same device at a time. The first one that connects is bound to the reader. */
export class Candidate implements DialledReader {
  readonly #callbacks: CandidateCallbacks;
  readonly #stream: PeerStream;
  /** The target of the first read, which the transport gets before the stream is bound. */
  #first: Uint8Array | undefined = new Uint8Array(FIRST_READ_BYTES);
  #reader: StreamReader | undefined;
  #isDropped = false;

  /** @param open opens the stream with this reader */
  constructor(open: (reader: DialledReader) => PeerStream, callbacks: CandidateCallbacks) {
    this.#callbacks = callbacks;
    this.#stream = open(this);
  }

  /** Everything that is read from now on goes to this reader. */
  bind(reader: StreamReader): PeerStream {
    this.#reader = reader;
    return this.#stream;
  }

  /** Destroys the stream. No call follows. */
  drop(): void {
    this.#isDropped = true;
    this.#stream.destroy();
  }

  onConnected(): void {
    if (!this.#isDropped) this.#callbacks.onConnected(this);
  }

  nextRead(): Uint8Array {
    return this.#first ?? this.#reader?.nextRead() ?? NOTHING;
  }

  onRead(count: number): boolean {
    const reader = this.#reader;
    const first = this.#first;
    if (!reader) {
      this.#stream.destroy(); // it sent data before anyone asked for it
      return false;
    }
    if (!first) return reader.onRead(count);
    this.#first = undefined;
    const bytes = first.subarray(0, count);
    let fed = feedReader(reader, bytes);
    while (fed.at < count) fed = feedReader(reader, bytes, fed.at); // a pause applies to what follows
    return fed.readsOn;
  }

  onClosed(reason: string | undefined): void {
    if (this.#reader) this.#reader.onClosed(reason);
    else if (!this.#isDropped) this.#callbacks.onFailed(this, reason ?? 'the source hung up');
  }
}

const NOTHING = new Uint8Array(0);
