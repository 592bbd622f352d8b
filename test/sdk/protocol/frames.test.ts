import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  BODY_BOUNDS,
  type BlockRef,
  DATA_HEADER_BYTES,
  encodeFrame,
  type Frame,
  FRAME_TYPE,
  FrameDecoder,
  FrameError,
  type FrameSink,
  MAX_BLOCK_BYTES,
  MAX_PIECES,
  MAX_WANTED_PIECES,
  PIECE_BYTES,
  writeDataHeader,
} from '../../../sdk/protocol/index.js';

type Side = 'requester' | 'server';

/** Keeps what a decoder says: frames as they are, file data gathered per block. */
class Recorder implements FrameSink {
  readonly frames: (Frame | { type: 'data'; ref: BlockRef; bytes: Buffer })[] = [];

  frame(frame: Frame): void {
    this.frames.push(frame);
  }

  dataStart(channel: number, piece: number, offset: number, length: number): void {
    this.frames.push({ type: 'data', ref: { channel, piece, offset, length }, bytes: Buffer.alloc(0) });
  }

  data(chunk: Buffer): void {
    const last = this.frames.at(-1);
    assert.ok(last?.type === 'data');
    last.bytes = Buffer.concat([last.bytes, chunk]);
  }
}

function decode(side: Side, bytes: Buffer, cuts: readonly number[] = []): Recorder['frames'] {
  const recorder = new Recorder();
  const decoder = new FrameDecoder(side, recorder);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const place of places) {
    decoder.push(bytes.subarray(from, place));
    from = place;
  }
  return recorder.frames;
}

const u32 = fc.nat(0xffff_ffff);

/** fast-check's records have no prototype; what the decoder makes has the usual one. */
function plain<T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return arbitrary.map((value) => ({ ...value }));
}

const block = fc
  .record({ channel: u32, piece: fc.nat(MAX_PIECES - 1), offset: fc.nat(PIECE_BYTES - 1), length: fc.nat(PIECE_BYTES) })
  .map((ref) => ({ ...ref, length: Math.max(1, Math.min(ref.length, PIECE_BYTES - ref.offset)) }));

const requesterFrame: fc.Arbitrary<Frame> = plain(
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
    block.map((ref) => ({ type: 'request' as const, ...ref })),
    block.map((ref) => ({ type: 'cancel' as const, ...ref })),
    fc.record({
      type: fc.constant('want' as const),
      channel: u32,
      piece: u32,
      count: fc.integer({ min: 1, max: MAX_WANTED_PIECES }),
    }),
    fc.record({ type: fc.constant('ping' as const), nonce: u32 }),
  ),
);

const serverFrame: fc.Arbitrary<Frame> = plain(
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

describe('frames', () => {
  for (const [side, frame] of [
    ['requester', requesterFrame],
    ['server', serverFrame],
  ] as const) {
    it(`come out as they went in, however the bytes are cut (${side})`, () => {
      fc.assert(
        fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
          assert.deepEqual(decode(side, Buffer.concat(frames.map(encodeFrame)), cuts), frames);
        }),
      );
    });
  }

  it('passes file data on between other frames, whole and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(block, serverFrame), { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (parts, cuts) => {
          const expected: Recorder['frames'] = [];
          const wire: Buffer[] = [];
          for (const [ref, frame] of parts) {
            const short = { ...ref, length: Math.min(ref.length, 3000) };
            const bytes = randomBytes(short.length);
            const head = Buffer.alloc(DATA_HEADER_BYTES);
            writeDataHeader(head, short);
            wire.push(head, bytes, encodeFrame(frame));
            expected.push({ type: 'data', ref: short, bytes }, frame);
          }
          assert.deepEqual(decode('server', Buffer.concat(wire), cuts), expected);
        },
      ),
    );
  });

  it("refuses a length outside its type's bounds before the body comes", () => {
    for (const [type, [least, most]] of Object.entries(BODY_BOUNDS)) {
      for (const bodyBytes of [least - 1, most + 1, 0xffff_fff0]) {
        const head = Buffer.alloc(5);
        head.writeUInt32BE(bodyBytes + 1, 0);
        head.writeUInt8(Number(type), 4);
        assert.throws(() => decode(Number(type) < FRAME_TYPE.pieceMap ? 'requester' : 'server', head), FrameError);
      }
    }
  });

  it('refuses what the other side may not send', () => {
    assert.throws(() => decode('server', encodeFrame({ type: 'close', channel: 1 })), FrameError);
    assert.throws(() => decode('requester', encodeFrame({ type: 'have', channel: 1, piece: 2 })), FrameError);
    assert.throws(() => decode('requester', Buffer.from([0, 0, 0, 20, FRAME_TYPE.data])), FrameError);
  });

  it('refuses blocks that reach outside their piece, piece maps that do not fit, and wants of too much', () => {
    const outside = { channel: 1, piece: 0, offset: PIECE_BYTES - 10, length: 11 };
    assert.throws(() => decode('requester', encodeFrame({ type: 'request', ...outside })), FrameError);
    assert.throws(() => decode('requester', encodeFrame({ type: 'request', ...outside, length: 0 })), FrameError);
    const head = Buffer.alloc(DATA_HEADER_BYTES);
    writeDataHeader(head, outside);
    assert.throws(() => decode('server', head), FrameError);
    assert.throws(
      () => decode('server', encodeFrame({ type: 'pieceMap', channel: 1, pieceCount: 9, bits: new Uint8Array(1) })),
      FrameError,
    );
    for (const count of [0, MAX_WANTED_PIECES + 1]) {
      assert.throws(() => decode('requester', encodeFrame({ type: 'want', channel: 1, piece: 0, count })), FrameError);
    }
  });

  it('holds no more than one small frame, and nothing of file data', () => {
    const recorder = new Recorder();
    const decoder = new FrameDecoder('server', recorder);
    const head = Buffer.alloc(DATA_HEADER_BYTES);
    writeDataHeader(head, { channel: 1, piece: 0, offset: 0, length: MAX_BLOCK_BYTES });
    const chunk = Buffer.alloc(MAX_BLOCK_BYTES, 7);
    let passedOn: Buffer | undefined;
    recorder.data = (bytes) => {
      passedOn = bytes;
    };
    decoder.push(head);
    decoder.push(chunk);
    assert.equal(passedOn?.buffer, chunk.buffer, 'file data is not copied');
  });

  it('never fails but with a FrameError, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('requester', 'server'),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(22),
        fc.nat(300),
        (side, noise, type, length) => {
          const head = Buffer.alloc(5);
          head.writeUInt32BE(length, 0);
          head.writeUInt8(type, 4);
          try {
            decode(side, Buffer.concat([head, noise]));
          } catch (error) {
            assert.ok(error instanceof FrameError, String(error));
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
});
