import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PieceBuffers } from '../../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { PIECE_BYTES } from '../../../../../sdk/protocol/index.js';
import { FailingDisk } from '../../../../support/failing-disk.js';
import { hasCode } from '../../../../support/has-code.js';

const PIECES = 20;

const disk = new FailingDisk();
const { DirectFile } = await import('../../../../../sdk/engine/storage/parts/direct-file.js');
type DirectFile = NonNullable<ReturnType<typeof DirectFile.open>>;

describe('a file that is written past the cache', () => {
  const buffers = new PieceBuffers(PIECES);
  const pieces = Array.from({ length: PIECES }, () => buffers.take().bytes);
  for (const bytes of pieces) randomBytes(PIECE_BYTES).copy(bytes);
  const whole = Buffer.concat(pieces);
  let folder: string;
  let path: string;
  let fd: number;
  let direct: DirectFile;

  before(function () {
    if (process.platform !== 'linux') this.skip(); // direct writes exist on Linux only
  });
  beforeEach(function () {
    folder = mkdtempSync(join(tmpdir(), 'shoal-direct-'));
    path = join(folder, 'file.part');
    writeFileSync(path, Buffer.alloc(whole.length));
    fd = openSync(path, 'r+');
    const opened = DirectFile.open(path, fd);
    if (!opened) this.skip(); // the file system has no direct writes
    direct = opened;
  });
  afterEach(() => {
    disk.fail();
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  after(() => disk.restore());

  function write(piece: number, bytes = pieces[piece] ?? Buffer.alloc(0)): Promise<void> {
    return new Promise((resolve, reject) => {
      direct.write(bytes, piece * PIECE_BYTES, (error) => (error ? reject(error) : resolve()));
    });
  }

  function drawn(): number[] {
    return Array.from({ length: PIECES }, (_, piece) => (piece * 7) % PIECES);
  }

  it('has everything in its place, in whatever order it came, when all is told', async () => {
    await Promise.all(drawn().map((piece) => write(piece)));
    assert.ok(readFileSync(path).equals(whole));
    await direct.close();
  });

  it('writes what waits before it closes', async () => {
    const writes = drawn().map((piece) => write(piece));
    await direct.close();
    assert.ok(readFileSync(path).equals(whole));
    await Promise.all(writes);
  });

  it('takes whole blocks of a disk only, and nothing more once the system said that it cannot', async () => {
    assert.deepEqual([direct.takes(PIECE_BYTES), direct.takes(4096), direct.takes(1000)], [true, true, false]);
    const unaligned = Buffer.alloc(PIECE_BYTES + 1).subarray(1);
    randomBytes(PIECE_BYTES).copy(unaligned);
    await write(0, unaligned);
    assert.ok(readFileSync(path).subarray(0, PIECE_BYTES).equals(unaligned), 'written through the cache');
    assert.equal(direct.takes(PIECE_BYTES), false);
    await direct.close();
  });

  it('writes through the cache what the system left of a call', async () => {
    disk.fail({ call: 'writev', path: '.part', nth: 1, how: 'short' });
    await Promise.all(drawn().map((piece) => write(piece)));
    assert.ok(readFileSync(path).equals(whole));
    await direct.close();
  });

  it('tells everyone whose bytes are not kept', async () => {
    disk.fail({ call: 'writev', path: '.part', nth: 1, how: 'ENOSPC' });
    const told = await Promise.allSettled([0, 1, 2].map((piece) => write(piece)));
    for (const one of told) {
      assert.equal(one.status, 'rejected');
      assert.ok(hasCode('ENOSPC')(one.reason));
    }
    await write(3);
    await direct.close();
  });

  it('is not opened where another file stands now', async () => {
    await direct.close();
    rmSync(path);
    writeFileSync(path, '');
    assert.equal(DirectFile.open(path, fd), undefined);
  });
});
