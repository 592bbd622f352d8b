import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { decodeJournal, type JournalKey, mostJournalBytes } from '../../../sdk/engine/storage/parts/resume-journal.js';
import {
  createManifest,
  DIGEST_BYTES,
  type DigestAlgorithm,
  decodeManifest,
  encodeManifest,
  PIECE_BYTES,
} from '../../../sdk/protocol/index.js';
import { Bitfield } from '../../../sdk/transfer/index.js';
import { hasCode } from '../../support/has-code.js';
import { changed, type Sample } from '../mutations.js';
import { expectOnly, type FuzzTarget } from '../target.js';

/** Manifests: what is read is what was written, to the byte. */
export function manifestTarget(): FuzzTarget {
  return {
    inputs: (seed) => changed(manifestSamples(seed)),
    mostBuffer: () => 0,
    decode: ({ bytes }) =>
      expectOnly(hasCode('MANIFEST_INVALID'), () => {
        const manifest = decodeManifest(bytes);
        assert.equal(manifest.pieceDigests.length, manifest.pieceCount * DIGEST_BYTES[manifest.algorithm]);
        assert.equal(manifest.fileDigest.buffer, bytes.buffer, 'the digests are no copies');
      }),
  };
}

/** Valid manifests of files of up to a dozen pieces. */
export function manifestSamples(seed: number): Sample[] {
  const made = fc
    .tuple(fc.nat(12 * PIECE_BYTES), fc.constantFrom<DigestAlgorithm>('sha1', 'sha256'))
    .map(([sizeBytes, algorithm]) => {
      const digestBytes = DIGEST_BYTES[algorithm];
      const pieceDigests = randomBytes(digestBytes * Math.ceil(sizeBytes / PIECE_BYTES));
      const manifest = createManifest({ algorithm, sizeBytes, fileDigest: randomBytes(digestBytes), pieceDigests });
      return { bytes: Buffer.from(encodeManifest(manifest)), fields: [0, 4, 5, 9, 13] };
    });
  return fc.sample(made, { seed, numRuns: 200 });
}

/** Piece maps: the first three bytes declare how many bits follow. */
export function bitfieldTarget(): FuzzTarget {
  return {
    inputs: (seed) => {
      const made = fc.tuple(fc.nat(3000), fc.nat(0xff)).map(([length, fill]) => {
        const bytes = Buffer.alloc(3 + Math.ceil(length / 8), fill);
        bytes.writeUIntBE(length, 0, 3);
        if (length % 8 > 0)
          bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) & (0xff00 >> (length % 8)), bytes.length - 1);
        return { bytes, fields: [0, 1, 2] };
      });
      return changed(fc.sample(made, { seed, numRuns: 300 }));
    },
    mostBuffer: (bytes) => bytes.length + 4,
    decode: ({ bytes }) =>
      expectOnly(
        (error) => error instanceof RangeError,
        () => {
          if (bytes.length < 3) return;
          const body = bytes.subarray(3);
          const bits = Bitfield.fromBytes(body, bytes.readUIntBE(0, 3));
          assert.ok(body.equals(bits.toBytes()));
          assert.ok(bits.count <= bits.length);
        },
      ),
  };
}

const KEY: JournalKey = { manifestId: 'cd'.repeat(32), pieceCount: 400, bootId: '12'.repeat(16) };
const HEAD_BYTES = 60;

/** Journals of one file: half of the changed ones have their checksums made right again. */
export function journalTarget(): FuzzTarget {
  const other: JournalKey = { ...KEY, bootId: '34'.repeat(16) };
  return {
    inputs: (seed) => changed(journalSamples(seed), sealJournal),
    mostBuffer: () => 4 * Math.ceil(KEY.pieceCount / 32),
    decode: ({ bytes }) => {
      for (const key of [KEY, other]) {
        const contents = decodeJournal(bytes, key);
        if (!contents) continue;
        const { vouched, doubtful } = contents;
        assert.ok(vouched.count + doubtful.count <= Math.max(KEY.pieceCount, 2 * bytes.length));
        for (const piece of vouched) assert.ok(piece < KEY.pieceCount);
      }
    },
  };
}

function journalSamples(seed: number): Sample[] {
  const made = fc.array(fc.oneof(fc.nat(399), fc.constant(-1)), { maxLength: 60 }).map((records) => {
    const bytes = Buffer.alloc(HEAD_BYTES + 8 * records.length);
    bytes.write(`53484a31${KEY.pieceCount.toString(16).padStart(8, '0')}${KEY.manifestId}${KEY.bootId}`, 'hex');
    for (const [index, record] of records.entries())
      bytes.writeUInt32BE(record < 0 ? 0x8000_0000 + index : record, HEAD_BYTES + 8 * index);
    sealJournal(bytes);
    return { bytes, fields: [0, 4, 40, 56, ...records.map((_record, index) => HEAD_BYTES + 8 * index)] };
  });
  const samples = fc.sample(made, { seed, numRuns: 200 });
  const endless = Buffer.alloc(mostJournalBytes(KEY.pieceCount) + 4096);
  pickFirst(samples).bytes.copy(endless);
  sealJournal(endless);
  return [...samples, { bytes: endless, fields: [] }];
}

function pickFirst(samples: Sample[]): Sample {
  const [first] = samples;
  assert.ok(first);
  return first;
}

/** Makes every checksum right. */
function sealJournal(bytes: Buffer): void {
  if (bytes.length < HEAD_BYTES) return;
  const sum = crc32(bytes.subarray(0, 56));
  bytes.writeUInt32BE(sum, 56);
  for (let at = HEAD_BYTES; at + 8 <= bytes.length; at += 8)
    bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 4), sum), at + 4);
}
