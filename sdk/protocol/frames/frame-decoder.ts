import { MAX_PIECES, PIECE_BYTES } from '../limits.js';
import { BODY_BOUNDS, decodeBody, FRAME_HEADER_BYTES, FRAME_TYPE, type Frame, FrameError } from './frames.js';

/** Receives decoded frames. File data arrives in the chunks of the socket, without buffering or copying. */
export interface FrameSink {
  /** Receives any frame except DATA. */
  frame(frame: Frame): void;
  /** Starts a DATA frame: `length` bytes of the piece from `offset` on follow in `data` calls. */
  dataStart(channel: number, piece: number, offset: number, length: number): void;
  /** Receives bytes of the current DATA frame: `chunk` from `start` to before `end`. The chunk is valid only during the call. */
  data(chunk: Buffer, start: number, end: number): void;
}

const DATA_PREFIX_BYTES = FRAME_HEADER_BYTES + 12;

/** Maximum number of bytes that a {@link FrameDecoder} buffers: the bitfield of the largest file, which is the longest frame except DATA. */
export const MAX_HELD_BYTES = FRAME_HEADER_BYTES + 8 + MAX_PIECES / 8;

/**
 * Decodes bytes into frames, without a socket or a timer. It checks a declared length against the bounds of the frame type before it
 * buffers anything. It buffers at most one frame, so {@link MAX_HELD_BYTES}, and a bitfield needs the same again when it is passed on.
 */
export class FrameDecoder {
  readonly #accepts: (type: number) => boolean;
  readonly #sink: FrameSink;
  /** The head of the current frame, and its body unless it is DATA. */
  #held = Buffer.allocUnsafe(64);
  #heldBytes = 0;
  #wantedBytes = FRAME_HEADER_BYTES;
  /** Remaining bytes of file data in the current DATA frame. */
  #dataLeft = 0;

  /** @param side the sender of the frames; a frame type of the other side is an error */
  constructor(side: 'requester' | 'server', sink: FrameSink) {
    this.#accepts = side === 'requester' ? (type) => type < FRAME_TYPE.pieceMap : (type) => type >= FRAME_TYPE.pieceMap;
    this.#sink = sink;
  }

  /**
   * Decodes the first `length` bytes of `chunk`.
   * @throws FrameError if the bytes violate the protocol; the decoder cannot be used afterwards
   */
  push(chunk: Buffer, length = chunk.length): void {
    let at = 0;
    while (at < length) {
      if (this.#dataLeft > 0) {
        const end = Math.min(length, at + this.#dataLeft);
        this.#dataLeft -= end - at;
        this.#sink.data(chunk, at, end);
        at = end;
      } else {
        at += this.#gather(chunk, at, length);
      }
    }
  }

  /** Remaining bytes of file data in the current DATA frame. */
  get dataLeft(): number {
    return this.#dataLeft;
  }

  /** Skips `count` bytes of {@link dataLeft} that the caller read from the socket itself, straight to their destination. */
  skipData(count: number): void {
    if (count > this.#dataLeft) throw new RangeError('There is not so much file data to come');
    this.#dataLeft -= count;
  }

  #gather(chunk: Buffer, at: number, length: number): number {
    const count = Math.min(this.#wantedBytes - this.#heldBytes, length - at);
    chunk.copy(this.#held, this.#heldBytes, at, at + count);
    this.#heldBytes += count;
    if (this.#heldBytes === FRAME_HEADER_BYTES) this.#onHeader();
    else if (this.#heldBytes === this.#wantedBytes) this.#onGathered();
    return count;
  }

  #onHeader(): void {
    const bodyBytes = this.#held.readUInt32BE(0) - 1;
    const type = this.#held.readUInt8(4);
    const bounds = this.#accepts(type) ? BODY_BOUNDS[type] : undefined;
    if (!bounds) throw new FrameError(`frame type ${type} is not for this side`);
    if (bodyBytes < bounds[0] || bodyBytes > bounds[1])
      throw new FrameError(`${bodyBytes} bytes in a frame of type ${type}`);
    this.#wantedBytes = type === FRAME_TYPE.data ? DATA_PREFIX_BYTES : FRAME_HEADER_BYTES + bodyBytes;
    if (this.#wantedBytes > this.#held.length) {
      const larger = Buffer.allocUnsafe(this.#wantedBytes);
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
  }

  #onGathered(): void {
    const held = this.#held;
    const bytes = this.#wantedBytes;
    const type = held.readUInt8(4);
    this.#heldBytes = 0;
    this.#wantedBytes = FRAME_HEADER_BYTES;
    if (type !== FRAME_TYPE.data) {
      this.#sink.frame(decodeBody(type, held.subarray(FRAME_HEADER_BYTES, bytes)));
      return;
    }
    const length = held.readUInt32BE(0) - (DATA_PREFIX_BYTES - 4);
    const offset = held.readUInt32BE(13);
    if (offset + length > PIECE_BYTES) throw new FrameError('a block outside its piece');
    this.#dataLeft = length;
    this.#sink.dataStart(held.readUInt32BE(5), held.readUInt32BE(9), offset, length);
  }
}
