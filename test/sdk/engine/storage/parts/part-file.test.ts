import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManifest, type Manifest, PIECE_BYTES } from '../../../../../sdk/protocol/index.js';
import { type DiskFault, FailingDisk } from '../../../../support/failing-disk.js';
import { hasCode } from '../../../../support/has-code.js';
import { drawn, seeded } from '../../../../support/seeded.js';

const PIECES = 4;
/** Number of writes per piece. */
const WRITES_A_PIECE = 16;
const RUNS = 100;

type Part = Awaited<ReturnType<typeof PartFile.open>>;

const disk = new FailingDisk();
const { PartFile } = await import('../../../../../sdk/engine/storage/parts/part-file.js'); // it imports fsync and fdatasync by name

describe('a partial file', () => {
  let folder: string;
  let path: string;
  const bytes = randomBytes(PIECES * PIECE_BYTES - 1000);
  const manifest = manifestOf(bytes);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-part-'));
    path = join(folder, 'out');
  });
  afterEach(() => {
    disk.fail();
    rmSync(folder, { recursive: true, force: true });
  });
  after(() => disk.restore());

  /** Writes and records a piece, as after its verification. */
  async function keep(part: Part, piece: number): Promise<void> {
    await part.writePiece(piece, pieceOf(bytes, piece));
    part.recordPiece(piece);
  }

  /** Writes the missing pieces and finishes. Returns the number of pieces that existed before. */
  async function attempt(): Promise<number> {
    const part = await PartFile.open(manifest, path);
    try {
      const { vouched, doubtful } = part.found;
      const had = vouched.count;
      assert.ok(doubtful.isEmpty);
      const there = readFileSync(part.place);
      for (const piece of vouched) assert.ok(pieceOf(there, piece).equals(pieceOf(bytes, piece)), `piece ${piece}`);
      await part.begin(vouched);
      for (let piece = 0; piece < PIECES; piece++) {
        if (!vouched.has(piece)) await keep(part, piece);
      }
      await part.finish(false);
      return had;
    } finally {
      await part.close();
    }
  }

  async function completes(): Promise<number> {
    disk.fail();
    const had = await attempt();
    assert.ok(readFileSync(path).equals(bytes));
    assert.deepEqual(readdirSync(folder), ['out']);
    return had;
  }

  for (const fault of [
    { call: 'open', path: '.journal.new', nth: 1, how: 'ENOSPC' },
    { call: 'write', path: '.journal.new', nth: 1, how: 'ENOSPC' },
    { call: 'promises.rename', path: '.journal.new', nth: 1, how: 'EIO' },
    { call: 'open', path: '.part', nth: 1, how: 'EIO' },
    { call: 'open', path: '.part', nth: 3, how: 'ENOSPC' },
    { call: 'ftruncate', path: '.part', nth: 1, how: 'ENOSPC' },
    { call: 'write', path: '.journal.new', nth: 2, how: 'ENOSPC' },
  ] as const satisfies DiskFault[]) {
    it(`that cannot begin is not in its own way: ${fault.call} ${fault.nth} of ${fault.path}`, async () => {
      disk.fail(fault);
      await assert.rejects(attempt(), hasCode(fault.how));
      assert.ok(!existsSync(`${path}.part.journal.new`));
      await completes();
    });
  }

  it('keeps what was written before the disk was full', async () => {
    disk.fail({ call: 'write', path: '.part', nth: 3 * WRITES_A_PIECE, how: 'ENOSPC' });
    await assert.rejects(attempt(), hasCode('ENOSPC'));
    assert.equal(await completes(), 2);
  });

  it('is whole though every write is a short one', async () => {
    disk.fail(
      { call: 'write', path: '.part', nth: 1, times: Number.POSITIVE_INFINITY, how: 'short' },
      { call: 'write', path: '.journal.new', nth: 1, times: Number.POSITIVE_INFINITY, how: 'short' },
    );
    await attempt();
    assert.ok(readFileSync(path).equals(bytes));
  });

  it('records what it can though the journal takes half of every record', async () => {
    disk.fail(
      { call: 'write', path: '.journal.new', nth: 1, times: Number.POSITIVE_INFINITY, how: 'short' },
      { call: 'write', path: '.part', nth: 4 * WRITES_A_PIECE, how: 'EIO' },
    );
    await assert.rejects(attempt(), hasCode('EIO'));
    assert.equal(await completes(), 3);
  });

  it('forgets what the disk did not keep: a sync that failed once would be said to be done the next time', async () => {
    disk.fail({ call: 'fsync', path: '.part', nth: 1, how: 'EIO' });
    await assert.rejects(attempt(), hasCode('EIO'));
    assert.ok(!existsSync(path));
    assert.equal(await completes(), 0);
  });

  it('has the disk keep most of itself before the end, and says so when it does not', async () => {
    disk.fail({ call: 'fdatasync', path: '.part', nth: 1, how: 'EIO' });
    const large = manifestOf(Buffer.alloc(48 * PIECE_BYTES));
    const part = await PartFile.open(large, path);
    await part.begin(part.found.vouched);
    const piece = Buffer.alloc(PIECE_BYTES);
    const writing = async () => {
      for (let index = 0; index < large.pieceCount; index++) {
        await part.writePiece(index, piece);
        part.recordPiece(index);
      }
      await part.finish(false);
    };
    await assert.rejects(writing(), hasCode('EIO'));
    await part.close();
    assert.ok(!existsSync(path));
  });

  it('takes its name only when it is synced, however long that takes, and is not closed before', async () => {
    disk.fail({ call: 'fsync', path: '.part', nth: 1, how: 'slow' });
    const part = await PartFile.open(manifest, path);
    await part.begin(part.found.vouched);
    for (let piece = 0; piece < PIECES; piece++) await keep(part, piece);
    const finished = part.finish(false);
    assert.ok(!existsSync(path));
    await Promise.all([finished, part.close()]);
    assert.ok(readFileSync(path).equals(bytes));
  });

  it('does not touch a partial file without a journal: it has another name beside it', async () => {
    writeFileSync(`${path}.part`, 'mine');
    disk.fail({ call: 'write', path: '.part', nth: 3 * WRITES_A_PIECE, how: 'ENOSPC' });
    await assert.rejects(attempt(), hasCode('ENOSPC'));
    disk.fail();
    assert.equal(await attempt(), 2);
    assert.ok(readFileSync(path).equals(bytes));
    assert.deepEqual(readdirSync(folder).sort(), ['out', 'out.part']);
    assert.equal(readFileSync(`${path}.part`, 'utf8'), 'mine');
  });

  it(`is whole or keeps what is right, wherever the disk fails (${RUNS} seeds)`, async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const faults = drawFaults(seeded(seed));
      const told = `seed ${seed}: ${JSON.stringify(faults)}`;
      disk.fail(...faults);
      try {
        await attempt();
      } catch (error) {
        assert.ok(hasCode('EIO')(error) || hasCode('ENOSPC')(error), `${told}: ${String(error)}`);
        if (!existsSync(path)) await completes();
      }
      assert.ok(readFileSync(path).equals(bytes), told);
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    }
  });
});

const WRITES = { calls: ['write'], paths: ['.part'], most: PIECES * WRITES_A_PIECE } as const;
const RECORDS = { calls: ['write'], paths: ['.journal.new'], most: 2 * PIECES } as const;
const OTHERS = {
  calls: ['open', 'ftruncate', 'fsync', 'promises.rename'],
  paths: ['.part', '.journal.new'],
  most: 2,
} as const;
const MOVES = { calls: ['promises.link', 'promises.rename', 'promises.unlink'], paths: ['.part'], most: 1 } as const;

function drawFaults(random: () => number): DiskFault[] {
  return Array.from({ length: 1 + drawn(random, 3) }, () => {
    const { calls, paths, most } = oneOf(random, [WRITES, RECORDS, OTHERS, MOVES]);
    const call = oneOf<DiskFault['call']>(random, calls);
    const how = oneOf(random, call === 'write' ? (['EIO', 'ENOSPC', 'short'] as const) : (['EIO', 'ENOSPC'] as const));
    return { call, path: oneOf(random, paths), nth: 1 + drawn(random, most), times: 1 + drawn(random, 3), how };
  });
}

function oneOf<T>(random: () => number, choices: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = choices[drawn(random, choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

function manifestOf(bytes: Buffer): Manifest {
  const digests = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, piece) =>
    createHash('sha1').update(pieceOf(bytes, piece)).digest(),
  );
  return createManifest({
    algorithm: 'sha1',
    sizeBytes: bytes.length,
    fileDigest: createHash('sha1').update(bytes).digest(),
    pieceDigests: Buffer.concat(digests),
  });
}

function pieceOf(bytes: Buffer, piece: number): Buffer {
  return bytes.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
}
