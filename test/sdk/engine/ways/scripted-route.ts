import { feedReader } from '../../../../sdk/engine/transport/feed-reader.js';
import type { PeerStream, StreamReader } from '../../../../sdk/engine/transport/transport.js';
import type { FoundRoute } from '../../../../sdk/engine/ways/route-search.js';
import {
  type BlockRef,
  DATA_HEADER_BYTES,
  encodeFrame,
  type Frame,
  FrameDecoder,
  writeDataHeader,
} from '../../../../sdk/protocol/index.js';

/** An honest source at the other end of a stream. Its answers leave when the test says so, a number of bytes at a time. */
export class ScriptedRoute implements FoundRoute, PeerStream {
  readonly path: FoundRoute['path'];
  readonly why = 'It is scripted.';
  readonly unsentBytes = 0;
  /** The frames that it received. */
  readonly frames: Frame[] = [];
  outcome: string | undefined;
  isOpen = false;
  answersPings = true;
  readonly #bits: Uint8Array;
  readonly #pieceCount: number;
  readonly #contentOf: (piece: number) => Uint8Array;
  #reader: StreamReader | undefined;
  #requests: BlockRef[] = [];
  #leaving = Buffer.alloc(0);
  readonly #decoder = new FrameDecoder('requester', {
    frame: (frame) => this.#onFrame(frame),
    dataStart: () => {},
    data: () => {},
  });

  /** @param bits the pieces that it announces */
  constructor(
    path: FoundRoute['path'],
    { bits, pieceCount, contentOf }: { bits: Uint8Array; pieceCount: number; contentOf: (piece: number) => Uint8Array },
  ) {
    this.path = path;
    this.#bits = bits;
    this.#pieceCount = pieceCount;
    this.#contentOf = contentOf;
  }

  /** Whether everything that was requested has left. */
  get isIdle(): boolean {
    return !this.isOpen || (this.#requests.length === 0 && this.#leaving.length === 0);
  }

  bind(reader: StreamReader): PeerStream {
    this.#reader = reader;
    this.isOpen = true;
    return this;
  }

  ended(outcome: string): void {
    this.outcome = outcome;
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.#decoder.push(Buffer.from(bytes));
  }

  writeAlone(): void {}
  pause(): void {}
  resume(): void {}

  destroy(): void {
    this.#close(undefined);
  }

  /** The line breaks. */
  reset(): void {
    this.#close('read ECONNRESET');
  }

  /** Sends up to `bytes` bytes of what it has to say. */
  serve(bytes: number): void {
    if (!this.#reader || !this.isOpen) return;
    while (this.#leaving.length < bytes) {
      const next = this.#requests.shift();
      if (!next) break;
      const head = Buffer.alloc(DATA_HEADER_BYTES);
      writeDataHeader(head, next);
      const content = this.#contentOf(next.piece).subarray(next.offset, next.offset + next.length);
      this.#leaving = Buffer.concat([this.#leaving, head, content]);
    }
    const chunk = this.#leaving.subarray(0, bytes);
    this.#leaving = this.#leaving.subarray(chunk.length);
    for (let at = 0; at < chunk.length && this.isOpen; ) at = feedReader(this.#reader, chunk, at).at;
  }

  #say(frame: Frame): void {
    this.#leaving = Buffer.concat([this.#leaving, encodeFrame(frame)]);
  }

  #onFrame(frame: Frame): void {
    this.frames.push(frame);
    if (frame.type === 'open')
      this.#say({ type: 'pieceMap', channel: frame.channel, pieceCount: this.#pieceCount, bits: this.#bits });
    if (frame.type === 'ping' && this.answersPings) this.#say({ type: 'pong', nonce: frame.nonce });
    if (frame.type === 'request') this.#requests.push(frame);
    if (frame.type === 'cancel' || frame.type === 'close')
      this.#requests = this.#requests.filter(
        ({ channel, piece }) => channel !== frame.channel || (frame.type === 'cancel' && piece !== frame.piece),
      );
  }

  #close(reason: string | undefined): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    setImmediate(() => this.#reader?.onClosed(reason));
  }
}
