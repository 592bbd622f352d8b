import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CheckJob } from '../../../sdk/engine/check-job.js';
import { createManifest, type Manifest, PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { Bitfield } from '../../../sdk/transfer/index.js';
import { hasCode } from '../../support/has-code.js';

const PIECES = 6;
const BYTES = randomBytes(PIECES * PIECE_BYTES - 1000);

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function pieceOf(piece: number): Buffer {
  return BYTES.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
}

const MANIFEST: Manifest = createManifest({
  algorithm: 'sha1',
  sizeBytes: BYTES.length,
  fileDigest: sha1(BYTES),
  pieceDigests: Buffer.concat(Array.from({ length: PIECES }, (_, piece) => sha1(pieceOf(piece)))),
});

describe('the check of a download', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-check-'));
    path = join(folder, 'file.part');
    writeFileSync(path, BYTES);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Works until there is nothing to do; all that was found, group by group. */
  function work(job: CheckJob): { good: readonly number[]; bad: readonly number[] }[] {
    const groups = [];
    while (job.step()) {
      const found = job.findings();
      if (found) groups.push(found);
    }
    return groups;
  }

  it('finds what is right in any order and grouping, one finding a group, and digests the whole', () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: PIECES }, (_, piece) => piece),
      { minLength: PIECES },
    );
    fc.assert(
      fc.property(
        order,
        fc.array(fc.constantFrom('check', 'trust', 'vouched'), { minLength: 6, maxLength: 6 }),
        (pieces, how) => {
          const vouched = new Bitfield(PIECES);
          for (const [index, piece] of pieces.entries()) if (how[index] === 'vouched') vouched.set(piece);
          const job = new CheckJob(path, MANIFEST, vouched);
          const given = pieces.filter((_, index) => how[index] === 'check');
          const groups = given.length > 2 ? [given.slice(0, 2), given.slice(2)] : [given];
          for (const group of groups) job.check(group);
          job.trust(pieces.filter((_, index) => how[index] === 'trust'));
          const found = work(job);
          assert.deepEqual(found, given.length > 0 ? groups.map((good) => ({ good, bad: [] })) : []);
          assert.deepEqual(job.digest(), MANIFEST.fileDigest);
          assert.equal(job.digest(), undefined, 'it is told once');
          job.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  it('digests the whole before it checks: what of that is left at the end is waited for', () => {
    const job = new CheckJob(path, MANIFEST, new Bitfield(PIECES));
    job.check([PIECES - 1]);
    job.trust([0, 1]);
    for (const left of [1, 0]) {
      assert.ok(job.step(), `${left} to digest`);
      assert.equal(job.findings(), undefined);
    }
    assert.ok(job.step());
    assert.deepEqual(job.findings(), { good: [PIECES - 1], bad: [] });
    assert.ok(!job.step());
    job.close();
  });

  it('finds what is wrong, and takes the right bytes later', () => {
    const spoilt = Buffer.from(BYTES);
    spoilt[2 * PIECE_BYTES] = ~(spoilt[2 * PIECE_BYTES] ?? 0);
    writeFileSync(path, spoilt);
    const job = new CheckJob(path, MANIFEST, new Bitfield(PIECES));
    job.check([0, 1, 2, 3, 4, 5]);
    assert.deepEqual(work(job), [{ good: [0, 1, 3, 4, 5], bad: [2] }]);
    assert.equal(job.digest(), undefined);
    writeFileSync(path, BYTES);
    job.check([2]);
    assert.deepEqual(work(job), [{ good: [2], bad: [] }]);
    assert.deepEqual(job.digest(), MANIFEST.fileDigest);
    job.close();
  });

  it('says so when the file becomes shorter', () => {
    const job = new CheckJob(path, MANIFEST, new Bitfield(PIECES));
    truncateSync(path, PIECE_BYTES);
    job.check([3]);
    assert.throws(() => job.step(), hasCode('FILE_CHANGED'));
    job.close();
  });
});
