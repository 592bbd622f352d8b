import { BODY_BOUNDS, decodeBody, FRAME_HEADER_BYTES, FRAME_TYPE, type Frame, FrameError } from './frames.js';
import { MAX_PIECES, PIECE_BYTES } from './limits.js';

/** Where decoded frames go. File data is passed on in the chunks in which it came: nothing is gathered or copied. */
export interface FrameSink {
  frame(frame: Frame): void;
  /** A DATA frame begins: `length` bytes of the piece, from byte `offset` of it, follow in `data` calls. */
  dataStart(channel: number, piece: number, offset: number, length: number): void;
  /** Bytes of the current DATA frame, from `start` to before `end` of `chunk`, which is only valid during the call. */
  data(chunk: Buffer, start: number, end: number): void;
}

const DATA_PREFIX_BYTES = FRAME_HEADER_BYTES + 12;

/** Bytes that a {@link FrameDecoder} holds at most: the piece map of the largest file, the longest frame but for file data. */
export const MAX_HELD_BYTES = FRAME_HEADER_BYTES + 8 + MAX_PIECES / 8;

/**
 * Bytes in, frames out; no socket, no timer. A declared length is checked against its type's bounds before anything is
 * kept, so that at most one frame that is not file data is ever held: {@link MAX_HELD_BYTES}, and as much again for the bits
 * of a piece map that is passed on.
 */
export class FrameDecoder {
  readonly #accepts: (type: number) => boolean;
  readonly #sink: FrameSink;
  /** The head, and for all but DATA the body, of the frame that is being gathered. */
  #held = Buffer.allocUnsafe(64);
  #heldBytes = 0;
  #wantedBytes = FRAME_HEADER_BYTES;
  /** Bytes of file data still to come in the current DATA frame. */
  #dataLeft = 0;

  /** @param side whose frames are read: what the other side may not send is an error. */
  constructor(side: 'requester' | 'server', sink: FrameSink) {
    this.#accepts = side === 'requester' ? (type) => type < FRAME_TYPE.pieceMap : (type) => type >= FRAME_TYPE.pieceMap;
    this.#sink = sink;
  }

  /**
   * Takes the first `length` bytes of `chunk`.
   * @throws FrameError when the bytes break the protocol; the decoder is of no use afterwards.
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

  /** Bytes of file data that come next: those of the current DATA frame that have not come yet. */
  get dataLeft(): number {
    return this.#dataLeft;
  }

  /** So many of {@link dataLeft} came, and are where they belong already: they are not passed on. */
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
