import { type ErrorCode, isErrorCode } from './errors.js';
import { MAX_BLOCK_BYTES, MAX_PIECES, MAX_TICKET_BYTES, MAX_WANTED_PIECES, PIECE_BYTES } from './limits.js';

/** The application protocol that both ends name in the TLS handshake (ALPN). */
export const PEER_PROTOCOL = 'shoal/1';

/** A part of a piece: which channel (file), which piece, from which byte of it, how many bytes. */
export interface BlockRef {
  readonly channel: number;
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

/** What one who wants pieces sends. */
export type RequesterFrame =
  /** Shows membership of a group; the first frame on a connection, and again at each renewal. */
  | { readonly type: 'ticket'; readonly ticket: string }
  /** Opens a file of a group under a channel number of the requester's choice. */
  | { readonly type: 'open'; readonly channel: number; readonly manifestId: string; readonly groupId: string }
  | { readonly type: 'close'; readonly channel: number }
  | ({ readonly type: 'request' } & BlockRef)
  | ({ readonly type: 'cancel' } & BlockRef)
  /** Pieces that are needed before others, `count` from `piece` on: the source is to tell of those that it has and held back. */
  | { readonly type: 'want'; readonly channel: number; readonly piece: number; readonly count: number }
  | { readonly type: 'ping'; readonly nonce: number };

/** What one who serves pieces sends, file data apart. */
export type ServerFrame =
  /** The pieces held, as a bitfield, most significant bit first: the answer to `open`. */
  | { readonly type: 'pieceMap'; readonly channel: number; readonly pieceCount: number; readonly bits: Uint8Array }
  | { readonly type: 'have'; readonly channel: number; readonly piece: number }
  /** The channel is closed by the server: the file is not (or no longer) served to this requester. */
  | { readonly type: 'refused'; readonly channel: number; readonly code: ErrorCode }
  | { readonly type: 'pong'; readonly nonce: number };

export type Frame = RequesterFrame | ServerFrame;

/** Bytes before a frame's body: length u32 (of type and body), type u8. */
export const FRAME_HEADER_BYTES = 5;
/** Bytes of a DATA frame before its file data: header, channel u32, piece u32, offset u32. */
export const DATA_HEADER_BYTES = FRAME_HEADER_BYTES + 12;

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

/** The fewest and most bytes that a frame's body may have. */
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

/** What breaks the peer protocol. The connection on which it happened is closed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

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

/** Writes the head of a DATA frame into `target` from `at` on; the block's bytes follow it. */
export function writeDataHeader(target: Buffer, block: BlockRef, at = 0): void {
  target.writeUInt32BE(DATA_HEADER_BYTES - 4 + block.length, at);
  target.writeUInt8(FRAME_TYPE.data, at + 4);
  target.writeUInt32BE(block.channel, at + 5);
  target.writeUInt32BE(block.piece, at + 9);
  target.writeUInt32BE(block.offset, at + 13);
}

/**
 * Reads the body of any frame but DATA. `body` is copied where the frame keeps bytes of it.
 * @throws FrameError
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
