import assert from 'node:assert/strict';
import type fc from 'fast-check';

/** One input: bytes, and where they are cut into chunks for decoders that take them so. */
export interface FuzzInput {
  readonly bytes: Buffer;
  /** Any whole numbers: each is a place in the bytes, modulo their count. */
  readonly cuts: readonly number[];
}

/** A decoder under test. */
export interface FuzzTarget {
  /** Valid messages, changed; the seed draws which messages there are to be changed. */
  inputs(seed: number): fc.Arbitrary<FuzzInput>;
  /** The largest buffer that the decoder may ask for while it reads these bytes. */
  mostBuffer(bytes: Buffer): number;
  /** Decodes. Throws only when the decoder did what it must not. */
  decode(input: FuzzInput): void | Promise<void>;
  close?(): Promise<void>;
}

/** Lets the decoder fail in the way that it documents, and in no other. */
export function expectOnly(isDocumented: (error: unknown) => boolean, decode: () => void): void {
  try {
    decode();
  } catch (error) {
    if (!isDocumented(error)) throw error;
  }
}

/** A whole input in chunks, as its cuts say. */
export function chunksOf({ bytes, cuts }: FuzzInput): Buffer[] {
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  const chunks = places.map((place) => {
    const chunk = bytes.subarray(from, place);
    from = place;
    return chunk;
  });
  return chunks;
}

/** An element of a list that is not empty. */
export function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  assert.ok(found !== undefined);
  return found;
}
