import { type ErrorCode, isErrorCode } from '../errors.js';
import { MAX_BLOCK_BYTES, MAX_PIECES, MAX_TICKET_BYTES, MAX_WANTED_PIECES, PIECE_BYTES } from '../limits.js';

/** The application protocol in the TLS handshake (ALPN). */
export const PEER_PROTOCOL = 'shoal/1';

/** A block: a part of a piece. */
export interface BlockRef {
  /** Channel number of the file. */
  readonly channel: number;
  /** Index of the piece. */
  readonly piece: number;
  /** Offset of the first byte in the piece. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** A frame from the requester, the side that downloads. */
export type RequesterFrame =
  /** Proves membership of a group: the first frame on a connection, and again at each renewal. */
  | { readonly type: 'ticket'; readonly ticket: string }
  /** Opens a file of a group under a channel number that the requester chooses. */
  | { readonly type: 'open'; readonly channel: number; readonly manifestId: string; readonly groupId: string }
  /** Closes a channel. */
  | { readonly type: 'close'; readonly channel: number }
  /** Requests a block. */
  | ({ readonly type: 'request' } & BlockRef)
  /** Cancels the request for a block. */
  | ({ readonly type: 'cancel' } & BlockRef)
  /** Names time-critical pieces: `count` pieces from `piece` on. A super-seeding server announces those of them that it has held back. */
  | { readonly type: 'want'; readonly channel: number; readonly piece: number; readonly count: number }
  /** Asks for a `pong` with the same nonce. */
  | { readonly type: 'ping'; readonly nonce: number };

/** A frame from the server, the side that uploads, except for DATA frames. */
export type ServerFrame =
  /** Answers `open`: the bitfield of the server's pieces, most significant bit first. */
  | { readonly type: 'pieceMap'; readonly channel: number; readonly pieceCount: number; readonly bits: Uint8Array }
  /** Announces one more piece. */
  | { readonly type: 'have'; readonly channel: number; readonly piece: number }
  /** Closes the channel: the server does not serve the file to this requester (any more). */
  | { readonly type: 'refused'; readonly channel: number; readonly code: ErrorCode }
  /** Answers `ping`. */
  | { readonly type: 'pong'; readonly nonce: number };

/** Any frame except DATA. */
export type Frame = RequesterFrame | ServerFrame;

/** Bytes before the body of a frame: length u32 (of type and body), type u8. */
export const FRAME_HEADER_BYTES = 5;
/** Bytes of a DATA frame before the file data: header, channel u32, piece u32, offset u32. */
export const DATA_HEADER_BYTES = FRAME_HEADER_BYTES + 12;

/** The number of each frame type on the wire. Types below 16 come from the requester, the others from the server. */
export const FRAME_TYPE = {
  ticket: 1,
  open: 2,
  close: 3,
  request: 4,
  cancel: 5,
  ping: 6,
  want: 7,
  pieceMap: 16,
  have: 17,
  data: 18,
  refused: 19,
  pong: 20,
} as const;

/** Minimum and maximum number of bytes in the body of each frame type. */
export const BODY_BOUNDS: Readonly<Record<number, readonly [least: number, most: number]>> = {
  [FRAME_TYPE.ticket]: [1, MAX_TICKET_BYTES],
  [FRAME_TYPE.open]: [37, 4 + 32 + 4 * 64],
  [FRAME_TYPE.close]: [4, 4],
  [FRAME_TYPE.request]: [16, 16],
  [FRAME_TYPE.cancel]: [16, 16],
  [FRAME_TYPE.ping]: [4, 4],
  [FRAME_TYPE.want]: [12, 12],
  [FRAME_TYPE.pieceMap]: [8, 8 + MAX_PIECES / 8],
  [FRAME_TYPE.have]: [8, 8],
  [FRAME_TYPE.data]: [13, 12 + MAX_BLOCK_BYTES],
  [FRAME_TYPE.refused]: [5, 4 + 64],
  [FRAME_TYPE.pong]: [4, 4],
};

/** A violation of the peer protocol. The receiver closes the connection. */
export class FrameError extends Error {
  /** The name of the class. */
  override readonly name = 'FrameError';
}

/** Encodes any frame except DATA. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.type) {
    case 'ticket':
      return framed(frame.type, Buffer.from(frame.ticket, 'latin1'));
    case 'open':
      return framed(frame.type, u32(frame.channel), Buffer.from(frame.manifestId, 'hex'), Buffer.from(frame.groupId));
    case 'close':
      return framed(frame.type, u32(frame.channel));
    case 'request':
    case 'cancel':
      return framed(frame.type, u32(frame.channel, frame.piece, frame.offset, frame.length));
    case 'want':
      return framed(frame.type, u32(frame.channel, frame.piece, frame.count));
    case 'pieceMap':
      return framed(frame.type, u32(frame.channel, frame.pieceCount), frame.bits);
    case 'have':
      return framed(frame.type, u32(frame.channel, frame.piece));
    case 'refused':
      return framed(frame.type, u32(frame.channel), Buffer.from(frame.code, 'latin1'));
    case 'ping':
    case 'pong':
      return framed(frame.type, u32(frame.nonce));
  }
}

/** Writes the head of a DATA frame into `target` at offset `at`. The bytes of the block follow it. */
export function writeDataHeader(target: Buffer, block: BlockRef, at = 0): void {
  target.writeUInt32BE(DATA_HEADER_BYTES - 4 + block.length, at);
  target.writeUInt8(FRAME_TYPE.data, at + 4);
  target.writeUInt32BE(block.channel, at + 5);
  target.writeUInt32BE(block.piece, at + 9);
  target.writeUInt32BE(block.offset, at + 13);
}

/**
 * Decodes the body of any frame except DATA. The frame contains copies of the bytes that it keeps.
 * @throws FrameError if the body is malformed
 */
export function decodeBody(type: number, body: Buffer): Frame {
  switch (type) {
    case FRAME_TYPE.ticket:
      return { type: 'ticket', ticket: body.toString('latin1') };
    case FRAME_TYPE.open:
      return {
        type: 'open',
        channel: body.readUInt32BE(0),
        manifestId: body.toString('hex', 4, 36),
        groupId: body.toString('utf8', 36),
      };
    case FRAME_TYPE.close:
      return { type: 'close', channel: body.readUInt32BE(0) };
    case FRAME_TYPE.request:
      return { type: 'request', ...decodeBlockRef(body) };
    case FRAME_TYPE.cancel:
      return { type: 'cancel', ...decodeBlockRef(body) };
    case FRAME_TYPE.want:
      return decodeWant(body);
    case FRAME_TYPE.pieceMap:
      return decodePieceMap(body);
    case FRAME_TYPE.have:
      return { type: 'have', channel: body.readUInt32BE(0), piece: body.readUInt32BE(4) };
    case FRAME_TYPE.refused: {
      const code = body.toString('latin1', 4);
      return { type: 'refused', channel: body.readUInt32BE(0), code: isErrorCode(code) ? code : 'PROTOCOL_ERROR' };
    }
    case FRAME_TYPE.ping:
      return { type: 'ping', nonce: body.readUInt32BE(0) };
    case FRAME_TYPE.pong:
      return { type: 'pong', nonce: body.readUInt32BE(0) };
    default:
      throw new FrameError(`unknown frame type ${type}`);
  }
}

function decodeBlockRef(body: Buffer): BlockRef {
  const block = {
    channel: body.readUInt32BE(0),
    piece: body.readUInt32BE(4),
    offset: body.readUInt32BE(8),
    length: body.readUInt32BE(12),
  };
  if (block.length === 0 || block.offset + block.length > PIECE_BYTES)
    throw new FrameError('a block outside its piece');
  return block;
}

function decodeWant(body: Buffer): Frame {
  const count = body.readUInt32BE(8);
  if (count === 0 || count > MAX_WANTED_PIECES) throw new FrameError('wants too much at once');
  return { type: 'want', channel: body.readUInt32BE(0), piece: body.readUInt32BE(4), count };
}

function decodePieceMap(body: Buffer): Frame {
  const pieceCount = body.readUInt32BE(4);
  if (pieceCount > MAX_PIECES || body.length - 8 !== Math.ceil(pieceCount / 8)) {
    throw new FrameError('a piece map whose length does not fit its piece count');
  }
  return { type: 'pieceMap', channel: body.readUInt32BE(0), pieceCount, bits: Uint8Array.from(body.subarray(8)) };
}

function framed(type: keyof typeof FRAME_TYPE, ...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  head.writeUInt32BE(length, 0);
  head.writeUInt8(FRAME_TYPE[type], 4);
  return Buffer.concat([head, ...parts]);
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
