import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  createManifest,
  DIGEST_BYTES,
  decodeManifest,
  encodeManifest,
  MAX_FILE_BYTES,
  PIECE_BYTES,
  pieceDigest,
  pieceHashString,
  pieceLength,
} from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';

function someManifest(sizeBytes: number, algorithm: 'sha1' | 'sha256' = 'sha1') {
  const digestBytes = DIGEST_BYTES[algorithm];
  return createManifest({
    algorithm,
    sizeBytes,
    fileDigest: randomBytes(digestBytes),
    pieceDigests: randomBytes(digestBytes * Math.ceil(sizeBytes / PIECE_BYTES)),
  });
}

describe('manifest', () => {
  it('reads back what was written, for every size and digest', () => {
    fc.assert(
      fc.property(fc.nat(40 * PIECE_BYTES), fc.constantFrom('sha1' as const, 'sha256' as const), (size, algorithm) => {
        const manifest = someManifest(size, algorithm);
        const read = decodeManifest(encodeManifest(manifest));
        assert.equal(read.id, manifest.id);
        assert.equal(read.sizeBytes, size);
        assert.equal(read.algorithm, algorithm);
        assert.deepEqual(Buffer.from(read.pieceDigests), Buffer.from(manifest.pieceDigests));
        assert.deepEqual(Buffer.from(encodeManifest(read)), Buffer.from(encodeManifest(manifest)));
      }),
    );
  });

  it('is named by the SHA-256 of its canonical bytes', () => {
    const manifest = someManifest(3 * PIECE_BYTES + 1);
    assert.equal(manifest.id, createHash('sha256').update(encodeManifest(manifest)).digest('hex'));
  });

  it('counts pieces and their lengths at every boundary', () => {
    const drawn: [size: number, pieces: number, last: number][] = [
      [1, 1, 1],
      [PIECE_BYTES - 1, 1, PIECE_BYTES - 1],
      [PIECE_BYTES, 1, PIECE_BYTES],
      [PIECE_BYTES + 1, 2, 1],
      [2 * PIECE_BYTES, 2, PIECE_BYTES],
    ];
    for (const [size, pieces, last] of drawn) {
      const manifest = someManifest(size);
      assert.equal(manifest.pieceCount, pieces);
      assert.equal(pieceLength(manifest, pieces - 1), last);
    }
    assert.equal(someManifest(0).pieceCount, 0);
  });

  it("gives the original system's file hash: 20 hexadecimal characters of every piece", () => {
    const manifest = someManifest(2 * PIECE_BYTES + 5);
    const expected = [0, 1, 2]
      .map((piece) => Buffer.from(pieceDigest(manifest, piece)).toString('hex').slice(0, 20))
      .join('');
    assert.equal(pieceHashString(manifest), expected);
    assert.equal(pieceHashString(someManifest(0)), '');
  });

  it('refuses everything that is no manifest, by code', () => {
    const good = Buffer.from(encodeManifest(someManifest(PIECE_BYTES)));
    const bad = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(good);
      change(bytes);
      return bytes;
    };
    const cases = [
      Buffer.alloc(0),
      good.subarray(0, good.length - 1),
      Buffer.concat([good, Buffer.from([0])]),
      bad((bytes) => bytes.writeUInt8(0, 0)),
      bad((bytes) => bytes.writeUInt8(3, 4)),
      bad((bytes) => bytes.writeUInt8(0, 4)),
      bad((bytes) => bytes.writeUInt32BE(4096, 5)),
      bad((bytes) => bytes.writeBigUInt64BE(BigInt(MAX_FILE_BYTES) + 1n, 9)),
      bad((bytes) => bytes.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 9)),
    ];
    for (const bytes of cases) assert.throws(() => decodeManifest(bytes), hasCode('MANIFEST_INVALID'));
  });

  it('never fails otherwise, whatever the bytes', () => {
    const head = Buffer.from(encodeManifest(someManifest(PIECE_BYTES)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.nat(60), (noise, keepHead, cut) => {
        const bytes = keepHead ? Buffer.concat([head.subarray(0, cut), noise]) : noise;
        try {
          const manifest = decodeManifest(bytes);
          assert.deepEqual(Buffer.from(encodeManifest(manifest)), Buffer.from(bytes));
        } catch (error) {
          assert.ok(hasCode('MANIFEST_INVALID')(error), String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
