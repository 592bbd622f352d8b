import {
  type BlockRef,
  DATA_HEADER_BYTES,
  MAX_BLOCK_BYTES,
  PIECE_BYTES,
  writeDataHeader,
} from '../../protocol/index.js';

/** DATA frames that one write takes. */
const FRAMES = PIECE_BYTES / MAX_BLOCK_BYTES;
const FRAME_BYTES = DATA_HEADER_BYTES + MAX_BLOCK_BYTES;
/** Buffers that are kept for the next write. */
const MAX_SPARE = 8;

/** A buffer for what goes to a peer in one write: DATA frames, one behind the other. */
export class SendBuffer {
  readonly #bytes = Buffer.allocUnsafeSlow(FRAMES * FRAME_BYTES);
  readonly #bodies = Array.from({ length: FRAMES }, (_none, index) => {
    const start = index * FRAME_BYTES + DATA_HEADER_BYTES;
    return this.#bytes.subarray(start, start + MAX_BLOCK_BYTES);
  });

  /**
   * The frames for a part of a piece, all but their file data, and where that belongs. Overwrites what was there.
   * @param part of a piece's length at most
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

/** Buffers for writes, used again: as many as writes are under way, and a few more. */
export class SendBuffers {
  readonly #spare: SendBuffer[] = [];

  take(): SendBuffer {
    return this.#spare.pop() ?? new SendBuffer();
  }

  /** It was written. */
  giveBack(buffer: SendBuffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}
