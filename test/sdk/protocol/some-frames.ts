import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { type BlockRef, type Frame, MAX_PIECES, MAX_WANTED_PIECES, PIECE_BYTES } from '../../../sdk/protocol/index.js';

const u32 = fc.nat(0xffff_ffff);

/** fast-check's records have no prototype; what the decoder makes has the usual one. */
function plain<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return arbitrary.map((value) => ({ ...value }));
}

/** Any part of a piece. */
export const someBlock: fc.Arbitrary<BlockRef> = fc
  .record({ channel: u32, piece: fc.nat(MAX_PIECES - 1), offset: fc.nat(PIECE_BYTES - 1), length: fc.nat(PIECE_BYTES) })
  .map((ref) => ({ ...ref, length: Math.max(1, Math.min(ref.length, PIECE_BYTES - ref.offset)) }));

/** Any frame of one who wants pieces. */
export const requesterFrame: fc.Arbitrary<Frame> = plain(
  fc.oneof<fc.Arbitrary<Frame>[]>(
    fc.record({ type: fc.constant('ticket' as const), ticket: fc.base64String({ minLength: 4, maxLength: 400 }) }),
    fc.record({
      type: fc.constant('open' as const),
      channel: u32,
      manifestId: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      groupId: fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
        .filter((name) => Buffer.byteLength(name) <= 256),
    }),
    fc.record({ type: fc.constant('close' as const), channel: u32 }),
    someBlock.map((ref) => ({ type: 'request' as const, ...ref })),
    someBlock.map((ref) => ({ type: 'cancel' as const, ...ref })),
    fc.record({
      type: fc.constant('want' as const),
      channel: u32,
      piece: u32,
      count: fc.integer({ min: 1, max: MAX_WANTED_PIECES }),
    }),
    fc.record({ type: fc.constant('ping' as const), nonce: u32 }),
  ),
);

/** Any frame, file data apart, of one who serves them. */
export const serverFrame: fc.Arbitrary<Frame> = plain(
  fc.oneof<fc.Arbitrary<Frame>[]>(
    fc.record({ pieceCount: fc.nat(5000), channel: u32 }).map(({ pieceCount, channel }) => ({
      type: 'pieceMap' as const,
      channel,
      pieceCount,
      bits: new Uint8Array(randomBytes(Math.ceil(pieceCount / 8))),
    })),
    fc.record({ type: fc.constant('have' as const), channel: u32, piece: fc.nat(MAX_PIECES - 1) }),
    fc.record({
      type: fc.constant('refused' as const),
      channel: u32,
      code: fc.constantFrom('FILE_NOT_FOUND' as const, 'TICKET_REFUSED' as const),
    }),
    fc.record({ type: fc.constant('pong' as const), nonce: u32 }),
  ),
);
