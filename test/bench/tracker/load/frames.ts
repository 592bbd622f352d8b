/** Frames of a WebSocket as a client of a tracker needs them: whole messages without compression. */

export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const FINAL = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** What a length of seven bits says of the bytes that hold the length. */
const IN_TWO_BYTES = 126;
const IN_EIGHT_BYTES = 127;

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A frame of a client. Its mask is zero, so that the payload stays as it is: a client that makes load has better things to do. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const extra = length < IN_TWO_BYTES ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extra + MASK_BYTES + length);
  frame[0] = FINAL | opcode;
  frame[1] = MASKED | (extra === 0 ? length : extra === 2 ? IN_TWO_BYTES : IN_EIGHT_BYTES);
  if (extra === 2) frame.writeUInt16BE(length, 2);
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  payload.copy(frame, 2 + extra + MASK_BYTES);
  return frame;
}

/** Takes the frames of a server out of what arrives. */
export class FrameReader {
  #rest: Buffer | undefined;

  *read(chunk: Buffer): Iterable<Frame> {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      const end = endOf(bytes);
      if (end === undefined || end.frame > bytes.length) break;
      yield { opcode: (bytes[0] ?? 0) & 0x0f, payload: bytes.subarray(end.head, end.frame) };
      bytes = bytes.subarray(end.frame);
    }
    this.#rest = bytes.length > 0 ? bytes : undefined;
  }
}

/** Where the head and the first frame end; undefined while the head is not whole. */
function endOf(bytes: Buffer): { head: number; frame: number } | undefined {
  if (bytes.length < 2) return undefined;
  const length = (bytes[1] ?? 0) & 0x7f;
  const head = length === IN_TWO_BYTES ? 4 : length === IN_EIGHT_BYTES ? 10 : 2;
  if (bytes.length < head) return undefined;
  const payload = head === 4 ? bytes.readUInt16BE(2) : head === 10 ? Number(bytes.readBigUInt64BE(2)) : length;
  return { head, frame: head + payload };
}
