import {
  type BlockRef,
  DATA_HEADER_BYTES,
  MAX_BLOCK_BYTES,
  PIECE_BYTES,
  writeDataHeader,
} from '../../protocol/index.js';

/** DATA frames in one write. */
const FRAMES = PIECE_BYTES / MAX_BLOCK_BYTES;
const FRAME_BYTES = DATA_HEADER_BYTES + MAX_BLOCK_BYTES;
/** Buffers that are kept for the next write. */
const MAX_SPARE = 8;

/** A buffer for one write to a peer: consecutive DATA frames. */
export class SendBuffer {
  readonly #bytes = Buffer.allocUnsafeSlow(FRAMES * FRAME_BYTES);
  readonly #bodies = Array.from({ length: FRAMES }, (_none, index) => {
    const start = index * FRAME_BYTES + DATA_HEADER_BYTES;
    return this.#bytes.subarray(start, start + MAX_BLOCK_BYTES);
  });

  /**
   * Lays out the frames for a part of a piece without their file data, and returns where the data goes. It overwrites
   * the buffer.
   * @param part at most the length of a piece
   */
  lay({ channel, piece, offset, length }: BlockRef): { frames: Buffer; bodies: readonly Buffer[] } {
    const count = Math.ceil(length / MAX_BLOCK_BYTES);
    const lastLength = length - (count - 1) * MAX_BLOCK_BYTES;
    for (let index = 0; index < count; index++) {
      const block = {
        ...{ channel, piece, offset: offset + index * MAX_BLOCK_BYTES },
        length: index === count - 1 ? lastLength : MAX_BLOCK_BYTES,
      };
      writeDataHeader(this.#bytes, block, index * FRAME_BYTES);
    }
    const frames = this.#bytes.subarray(0, (count - 1) * FRAME_BYTES + DATA_HEADER_BYTES + lastLength);
    const bodies = this.#bodies.slice(0, count);
    const last = bodies[count - 1];
    if (last && lastLength < MAX_BLOCK_BYTES) bodies[count - 1] = last.subarray(0, lastLength);
    return { frames, bodies };
  }
}

/** Reused buffers: as many as there are concurrent writes, and a few more. */
export class SendBuffers {
  readonly #spare: SendBuffer[] = [];

  take(): SendBuffer {
    return this.#spare.pop() ?? new SendBuffer();
  }

  /** Returns a buffer after its write. */
  giveBack(buffer: SendBuffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
