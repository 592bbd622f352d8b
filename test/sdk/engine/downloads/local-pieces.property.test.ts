import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { planReuse } from '../../../../sdk/engine/downloads/local-pieces.js';
import {
  createManifest,
  decodeManifest,
  encodeManifest,
  type Manifest,
  PIECE_BYTES,
} from '../../../../sdk/protocol/index.js';

/** A manifest whose pieces have the given contents, each named by a small number. */
function manifestOf(contents: readonly number[], lastBytes: number): Uint8Array {
  const digests = contents.map((content) => createHash('sha1').update(String(content)).digest());
  return encodeManifest(
    createManifest({
      algorithm: 'sha1',
      sizeBytes: contents.length === 0 ? 0 : (contents.length - 1) * PIECE_BYTES + lastBytes,
      fileDigest: createHash('sha1').update(contents.join()).digest(),
      pieceDigests: Buffer.concat(digests),
    }),
  );
}

const file = fc.record({
  contents: fc.array(fc.nat(12), { maxLength: 12 }),
  lastBytes: fc.constantFrom(1, 7, PIECE_BYTES),
});

describe('planReuse', () => {
  it('finds every missing piece that a local file has, once, and no other piece', () => {
    fc.assert(
      fc.property(file, fc.array(file, { maxLength: 4 }), fc.array(fc.nat(11)), (wanted, copies, have) => {
        const manifest = decodeManifest(manifestOf(wanted.contents, wanted.lastBytes));
        const missing = wanted.contents.flatMap((_content, piece) => (have.includes(piece) ? [] : piece));
        const local = copies.map(({ contents, lastBytes }, index) => ({
          path: `/copy${index}`,
          manifest: manifestOf(contents, lastBytes),
        }));
        const plan = planReuse(manifest, missing, local);
        const found: number[] = [];
        for (const { path, pieces } of plan)
          for (const [there, here] of pieces) {
            found.push(here);
            const copy = local.find((one) => one.path === path);
            assert.ok(copy && isSame(decodeManifest(copy.manifest), there, manifest, here));
          }
        const expected = missing.filter((here) =>
          local.some((copy) => {
            const there = decodeManifest(copy.manifest);
            return Array.from({ length: there.pieceCount }, (_one, piece) => piece).some((piece) =>
              isSame(there, piece, manifest, here),
            );
          }),
        );
        assert.deepEqual(found.toSorted(byNumber), expected);
      }),
    );
  });

  it('prefers a piece at its own place', () => {
    const manifest = decodeManifest(manifestOf([1, 1, 2], PIECE_BYTES));
    const copy = { path: '/copy', manifest: manifestOf([1, 1, 1, 1], PIECE_BYTES) };
    assert.deepEqual(planReuse(manifest, [0, 1, 2], [copy]), [
      {
        path: '/copy',
        pieces: [
          [0, 0],
          [1, 1],
        ],
      },
    ]);
  });
});

function isSame(copy: Manifest, there: number, manifest: Manifest, here: number): boolean {
  const partOf = (one: Manifest, piece: number) => ({
    digest: Buffer.from(one.pieceDigests.subarray(piece * 20, piece * 20 + 20)).toString('hex'),
    length: Math.min(PIECE_BYTES, one.sizeBytes - piece * PIECE_BYTES),
  });
  const [left, right] = [partOf(copy, there), partOf(manifest, here)];
  return left.digest === right.digest && left.length === right.length;
}

function byNumber(one: number, other: number): number {
  return one - other;
}
