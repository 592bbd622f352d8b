import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import {
  DATA_HEADER_BYTES,
  encodeFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  type FrameSink,
  MAX_BLOCK_BYTES,
  MAX_HELD_BYTES,
  MAX_PIECES,
  PIECE_BYTES,
  writeDataHeader,
} from '../../../sdk/protocol/index.js';
import { requesterFrame, serverFrame, someBlock } from '../../sdk/protocol/some-frames.js';
import { changed, type Sample } from '../mutations.js';
import { chunksOf, expectOnly, type FuzzInput, type FuzzTarget } from '../target.js';

const SIDES = ['requester', 'server'] as const;

/** Checks what a decoder passes on: file data only after its head, and no more of it than that says. */
class DiskChannel implements FrameSink {
  #dataLeft = 0;

  frame(frame: Frame): void {
    assert.equal(this.#dataLeft, 0);
    if (frame.type === 'pieceMap') assert.equal(frame.bits.length, Math.ceil(frame.pieceCount / 8));
    if (frame.type === 'request' || frame.type === 'cancel') assert.ok(frame.offset + frame.length <= PIECE_BYTES);
  }

  dataStart(_channel: number, _piece: number, offset: number, length: number): void {
    assert.equal(this.#dataLeft, 0);
    assert.ok(length > 0 && length <= MAX_BLOCK_BYTES && offset + length <= PIECE_BYTES);
    this.#dataLeft = length;
  }

  data(chunk: Buffer, start: number, end: number): void {
    this.#dataLeft -= end - start;
    assert.ok(start < end && end <= chunk.length && this.#dataLeft >= 0);
  }
}

export function framesTarget(): FuzzTarget {
  return {
    inputs: (seed) => changed(samples(seed)),
    mostBuffer: () => MAX_HELD_BYTES,
    decode: (input: FuzzInput) => {
      for (const side of SIDES) {
        expectOnly(
          (error) => error instanceof FrameError,
          () => {
            const decoder = new FrameDecoder(side, new DiskChannel());
            for (const chunk of chunksOf(input)) decoder.push(chunk);
          },
        );
      }
    },
  };
}

/** One to four frames of a side in a row; the largest piece map once, for it is slow to copy. */
function samples(seed: number): Sample[] {
  const one = fc.oneof(requesterFrame.map(encodeFrame), serverFrame.map(encodeFrame), data);
  const rows = fc.sample(fc.array(one, { minLength: 1, maxLength: 4 }), { seed, numRuns: 500 });
  const largest = new Uint8Array(MAX_PIECES / 8);
  rows.push([encodeFrame({ type: 'pieceMap', channel: 1, pieceCount: MAX_PIECES, bits: largest })]);
  return rows.map((row) => {
    const fields: number[] = [];
    let at = 0;
    for (const frame of row) {
      for (let field = 0; field < frame.length && field < 17; field += field === 0 ? 4 : field === 4 ? 1 : 4)
        fields.push(at + field);
      at += frame.length;
    }
    return { bytes: Buffer.concat(row), fields };
  });
}

const data = someBlock.map((block) => {
  const short = { ...block, length: Math.min(block.length, 500) };
  const head = Buffer.alloc(DATA_HEADER_BYTES);
  writeDataHeader(head, short);
  return Buffer.concat([head, randomFillSync(Buffer.alloc(short.length))]);
});
