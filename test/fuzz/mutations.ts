import fc from 'fast-check';
import { type FuzzInput, pick } from './target.js';

/** A valid message, and where in it the fields are that others depend on: lengths, counts, types. */
export interface Sample {
  readonly bytes: Buffer;
  readonly fields: readonly number[];
}

/** What a length field is set to: the edges of the integers, and of Shoal's own bounds. */
const EDGES = [
  ...[0, 1, 7, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff],
  ...[
    4096,
    4097,
    128 * 1024,
    128 * 1024 + 13,
    512 * 1024,
    512 * 1024 + 1,
    1 << 18,
    (1 << 18) + 9,
    1 << 21,
    (1 << 21) + 1,
  ],
  ...[2 ** 40, 2 ** 40 + 1, 2 ** 53, 2 ** 53 - 1],
].flatMap((edge) => [edge, edge + 1]);

type Step = readonly [kind: number, at: number, length: number, value: number];

const place = fc.nat(0xff_ffff);
const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(8), place, fc.nat(300), fc.nat(0xffff));

export const cuts = fc.array(place, { maxLength: 8 });

/**
 * Messages of a pool with up to five changes each: bits flipped, ends cut off, ranges left out, doubled or taken over from
 * another message, fields at their edges. One in six is left as it is.
 * @param repair makes checksums right again; done to half of the inputs, so that what lies behind a checksum is reached
 */
export function changed(
  pool: readonly Sample[],
  repair: (bytes: Buffer) => void = () => {},
  most = 5,
): fc.Arbitrary<FuzzInput> {
  return fc
    .tuple(place, place, fc.array(step, { maxLength: most }), cuts, fc.boolean())
    .map(([index, other, steps, places, repaired]) => {
      const sample = pick(pool, index);
      const donor = pick(pool, other).bytes;
      let bytes: Buffer = Buffer.from(sample.bytes);
      for (const one of steps) bytes = apply(bytes, sample.fields, donor, one);
      if (repaired) repair(bytes);
      return { bytes, cuts: places };
    });
}

function apply(bytes: Buffer, fields: readonly number[], donor: Buffer, [kind, where, length, value]: Step): Buffer {
  const at = bytes.length === 0 ? 0 : where % bytes.length;
  switch (kind) {
    case 0:
      if (bytes.length > 0) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (value & 7)), at);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 4: {
      const from = donor.length === 0 ? 0 : value % donor.length;
      return Buffer.concat([bytes.subarray(0, at), donor.subarray(from), bytes.subarray(at)]);
    }
    case 5:
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, value), bytes.subarray(at)]);
    default:
      writeEdge(bytes, fields.length === 0 ? at : pick(fields, where), pick(EDGES, value), length % 3);
      return bytes;
  }
}

/** Sets a field of one, four or eight bytes. */
function writeEdge(bytes: Buffer, at: number, value: number, width: number): void {
  if (width === 0 && at + 1 <= bytes.length) bytes.writeUInt8(value % 0x100, at);
  else if (width === 1 && at + 4 <= bytes.length) bytes.writeUInt32BE(value % 2 ** 32, at);
  else if (width === 2 && at + 8 <= bytes.length) bytes.writeBigUInt64BE(BigInt(value), at);
}
