import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { SendBuffers } from '../../../../sdk/engine/uploads/send-buffers.js';
import { type BlockRef, FrameDecoder, type FrameSink, PIECE_BYTES } from '../../../../sdk/protocol/index.js';

/** Assembles the data of DATA frames. */
class Gathered implements FrameSink {
  readonly blocks: BlockRef[] = [];
  bytes = Buffer.alloc(0);

  frame(): void {
    assert.fail('no other frames');
  }

  dataStart(channel: number, piece: number, offset: number, length: number): void {
    this.blocks.push({ channel, piece, offset, length });
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.bytes = Buffer.concat([this.bytes, chunk.subarray(start, end)]);
  }
}

describe('a buffer for what is sent', () => {
  it('lays any part of a piece out as frames, one behind the other', () => {
    const buffers = new SendBuffers();
    const part = fc
      .record({ channel: fc.nat(9), piece: fc.nat(9), offset: fc.nat(PIECE_BYTES - 1), length: fc.nat(PIECE_BYTES) })
      .map((ref) => ({ ...ref, length: Math.max(1, Math.min(ref.length, PIECE_BYTES - ref.offset)) }));
    fc.assert(
      fc.property(part, (ref) => {
        const buffer = buffers.take();
        const { frames, bodies } = buffer.lay(ref);
        for (const body of bodies) randomFillSync(body);
        const gathered = new Gathered();
        new FrameDecoder('server', gathered).push(frames);
        assert.deepEqual(gathered.bytes, Buffer.concat(bodies));
        let { offset } = ref;
        for (const block of gathered.blocks) {
          assert.deepEqual(block, { ...ref, offset, length: block.length });
          offset += block.length;
        }
        assert.equal(offset, ref.offset + ref.length);
        buffers.giveBack(buffer);
        assert.equal(buffers.take(), buffer, 'used again');
        buffers.giveBack(buffer);
      }),
      { numRuns: 100 },
    );
  });
});
