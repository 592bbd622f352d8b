import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  type BlockRef,
  BODY_BOUNDS,
  DATA_HEADER_BYTES,
  encodeFrame,
  FRAME_TYPE,
  type Frame,
  FrameDecoder,
  FrameError,
  type FrameSink,
  MAX_BLOCK_BYTES,
  MAX_WANTED_PIECES,
  PIECE_BYTES,
  writeDataHeader,
} from '../../../../sdk/protocol/index.js';
import { requesterFrame, serverFrame, someBlock } from '../some-frames.js';

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

  data(chunk: Buffer, start: number, end: number): void {
    const last = this.frames.at(-1);
    assert.ok(last?.type === 'data');
    last.bytes = Buffer.concat([last.bytes, chunk.subarray(start, end)]);
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
        fc.array(fc.tuple(someBlock, serverFrame), { maxLength: 5 }),
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
