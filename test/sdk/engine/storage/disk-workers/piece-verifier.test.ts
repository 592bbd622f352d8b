import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ArrivedPiece } from '../../../../../sdk/engine/storage/disk-workers/disk-messages.js';
import { PieceBuffers, slotBytes } from '../../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { PieceVerifier } from '../../../../../sdk/engine/storage/disk-workers/piece-verifier.js';
import { createManifest, type Manifest, PIECE_BYTES } from '../../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../../sdk/transfer/index.js';
import { FailingDisk } from '../../../../support/failing-disk.js';
import { hasCode } from '../../../../support/has-code.js';
import { placed } from '../part-support.js';

/** Pieces that may stay in memory for the whole file's digest, and a file of more pieces. */
const MAX_AHEAD = 24;
const PIECES = 40;
const FEW = 6;
/** Writes per piece: 32 KiB each. */
const WRITES = PIECE_BYTES / (32 * 1024);
const LAST_SHORT_BY = 1000;
const BYTES = randomBytes(PIECES * PIECE_BYTES);

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

/** A file of this number of pieces, the last one shorter. */
function fileOf(pieces: number): { bytes: Buffer; manifest: Manifest } {
  const bytes = BYTES.subarray(0, pieces * PIECE_BYTES - LAST_SHORT_BY);
  const digests = Array.from({ length: pieces }, (_, piece) =>
    sha1(bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES)),
  );
  const pieceDigests = Buffer.concat(digests);
  return {
    bytes,
    manifest: createManifest({ algorithm: 'sha1', sizeBytes: bytes.length, fileDigest: sha1(bytes), pieceDigests }),
  };
}

describe('the check of a download', () => {
  const few = fileOf(FEW);
  const { memory } = new PieceBuffers(PIECES);
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-check-'));
    path = join(folder, 'file.part');
    writeFileSync(path, few.bytes);
    for (let piece = 0; piece < PIECES; piece++)
      BYTES.copy(slotBytes(memory, slotOf(piece)), 0, piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The slot of a piece in the shared memory. */
  function slotOf(piece: number): number {
    return PIECES - 1 - piece;
  }

  function arrived(piece: number): ArrivedPiece {
    return { piece, slot: slotOf(piece), isCached: true };
  }

  interface Found {
    readonly good: number[];
    readonly bad: number[];
    readonly freed: number[];
  }

  /** Hands pieces to a verifier, to be written through the page cache at once. */
  function give(job: PieceVerifier, ...pieces: number[]): void {
    for (const piece of pieces) job.keep(arrived(piece), assert.ifError);
  }

  /** Runs until there is nothing to do. Returns all results. */
  function work(job: PieceVerifier): Found {
    const all: Found = { good: [], bad: [], freed: [] };
    let isBusy: boolean;
    do {
      isBusy = job.step();
      const { good = [], bad = [], freed = [] } = job.takeFindings() ?? {};
      all.good.push(...good);
      all.bad.push(...bad);
      all.freed.push(...freed);
    } while (isBusy);
    return all;
  }

  it('writes, checks and digests what comes in any order and from anywhere, and frees each slot once', async () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: FEW }, (_, piece) => piece),
      { minLength: FEW },
    );
    await fc.assert(
      fc.asyncProperty(
        order,
        fc.array(fc.constantFrom('keep', 'trust', 'vouched'), { minLength: FEW, maxLength: FEW }),
        fc.boolean(),
        async (pieces, how, oneByOne) => {
          const vouched = new Bitfield(FEW);
          for (const [index, piece] of pieces.entries()) if (how[index] === 'vouched') vouched.set(piece);
          writeFileSync(
            path,
            withHoles(
              few.bytes,
              pieces.filter((_, index) => how[index] === 'keep'),
            ),
          );
          const job = new PieceVerifier(placed(path), few.manifest, vouched, memory, MAX_AHEAD);
          const given = pieces.filter((_, index) => how[index] === 'keep');
          const found: Found = { good: [], bad: [], freed: [] };
          const take = (more: Found) => {
            for (const key of ['good', 'bad', 'freed'] as const) found[key].push(...more[key]);
          };
          for (const piece of given) {
            give(job, piece);
            if (oneByOne) take(work(job));
          }
          job.trust(pieces.filter((_, index) => how[index] === 'trust'));
          take(work(job));
          assert.deepEqual(found.good, given);
          assert.deepEqual(found.bad, []);
          assert.deepEqual(found.freed.toSorted(), given.map(slotOf).toSorted());
          assert.deepEqual(job.digest(), few.manifest.fileDigest);
          assert.equal(job.digest(), undefined, 'it is told once');
          await job.close();
          assert.ok(readFileSync(path).equals(few.bytes));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tells of a piece when it is both written and checked, and keeps its slot until then', async () => {
    const { bytes, manifest } = fileOf(PIECES);
    writeFileSync(path, Buffer.alloc(bytes.length));
    const job = new PieceVerifier(placed(path), manifest, new Bitfield(PIECES), memory, MAX_AHEAD);
    const written = new Promise<void>((resolve, reject) => {
      job.keep({ ...arrived(0), isCached: false }, (error) => (error ? reject(error) : resolve()));
    });
    assert.deepEqual(work(job), { good: [], bad: [], freed: [] }, 'the disk has not said a word yet');
    await written;
    assert.deepEqual(work(job), { good: [0], bad: [], freed: [slotOf(0)] });
    assert.ok(readFileSync(path).subarray(0, PIECE_BYTES).equals(bytes.subarray(0, PIECE_BYTES)));
    await job.close();
  });

  it('digests the whole before it checks: what of that is left at the end is waited for', async () => {
    const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
    give(job, FEW - 1);
    job.trust([0, 1]);
    for (const left of [1, 0]) {
      assert.ok(job.step(), `${left} to digest`);
      assert.equal(job.takeFindings(), undefined);
    }
    assert.ok(job.step());
    assert.deepEqual(job.takeFindings(), { good: [FEW - 1], bad: [], freed: [] });
    assert.ok(!job.step());
    await job.close();
  });

  it('keeps so many pieces in memory for the whole digest, and reads those furthest ahead from the file', async () => {
    const { bytes, manifest } = fileOf(PIECES);
    writeFileSync(path, Buffer.alloc(bytes.length));
    const job = new PieceVerifier(placed(path), manifest, new Bitfield(PIECES), memory, MAX_AHEAD);
    give(job, ...Array.from({ length: PIECES - 1 }, (_, index) => PIECES - 1 - index));
    const ahead = work(job);
    assert.equal(ahead.good.length, PIECES - 1);
    assert.deepEqual(
      ahead.freed,
      Array.from({ length: PIECES - 1 - MAX_AHEAD }, (_, index) => slotOf(PIECES - 1 - index)),
    );
    give(job, 0);
    assert.equal(work(job).freed.length, PIECES - ahead.freed.length);
    assert.deepEqual(job.digest(), manifest.fileDigest);
    await job.close();
  });

  it('keeps fewer from the moment that it may, those furthest ahead first gone', async () => {
    const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
    give(job, 3, 1, 4, 2);
    assert.deepEqual(work(job), { good: [3, 1, 4, 2], bad: [], freed: [] });
    job.setMaxAhead(1);
    assert.deepEqual(job.takeFindings()?.freed, [4, 3, 2].map(slotOf));
    give(job, 5);
    assert.deepEqual(work(job), { good: [5], bad: [], freed: [slotOf(5)] });
    job.setMaxAhead(0);
    assert.deepEqual(job.takeFindings()?.freed, [slotOf(1)]);
    give(job, 0);
    assert.deepEqual(work(job).good, [0]);
    assert.deepEqual(job.digest(), few.manifest.fileDigest);
    await job.close();
  });

  it('finds what is wrong, and takes the right bytes later', async () => {
    const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
    const slot = slotBytes(memory, slotOf(2));
    slot[0] = ~(slot[0] ?? 0);
    give(job, 0, 1, 2, 3, 4, 5);
    const first = work(job);
    assert.deepEqual([first.good, first.bad], [[0, 1, 3, 4, 5], [2]]);
    assert.deepEqual(first.freed, [0, 1, 2].map(slotOf), 'what is ahead of the digest is kept');
    assert.equal(job.digest(), undefined);
    slot[0] = ~(slot[0] ?? 0);
    give(job, 2);
    assert.deepEqual(work(job).good, [2]);
    assert.deepEqual(job.digest(), few.manifest.fileDigest);
    await job.close();
    assert.ok(readFileSync(path).equals(few.bytes));
  });

  it('fills short reads, and fails when it can neither hold a piece in memory nor read it again', async () => {
    const disk = new FailingDisk();
    try {
      disk.fail({ call: 'readSync', path, nth: 1, times: 3, how: 'short' });
      const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
      job.trust([0]);
      assert.ok(job.step());
      disk.fail({ call: 'readSync', path, nth: 1, how: 'EIO' });
      job.trust([1]);
      assert.throws(() => job.step(), hasCode('EIO'));
      await job.close();
    } finally {
      disk.restore();
    }
  });

  it('checks at its end what the disk took before it was full, so that it is kept', async () => {
    const disk = new FailingDisk();
    const refused: number[] = [];
    try {
      disk.fail({ call: 'writeSync', path, nth: 2 * WRITES + 1, times: FEW * WRITES, how: 'ENOSPC' });
      const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
      for (const piece of [4, 0, 1, 2]) job.keep(arrived(piece), (error) => error && refused.push(piece));
      await job.close();
      assert.deepEqual(refused, [1, 2]);
      assert.deepEqual(job.takeFindings()?.good, [4, 0]);
    } finally {
      disk.restore();
    }
  });

  it('says so when the file becomes shorter', async () => {
    const job = new PieceVerifier(placed(path), few.manifest, new Bitfield(FEW), memory, MAX_AHEAD);
    truncateSync(path, PIECE_BYTES);
    job.trust([0, 1]);
    assert.ok(job.step());
    assert.throws(() => job.step(), hasCode('FILE_CHANGED'));
    await job.close();
  });
});

/** The file with holes in place of some pieces. */
function withHoles(bytes: Buffer, pieces: readonly number[]): Buffer {
  const holed = Buffer.from(bytes);
  for (const piece of pieces) holed.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES).fill(0);
  return holed;
}
