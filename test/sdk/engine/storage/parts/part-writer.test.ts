import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PieceBuffers } from '../../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { PartWriter } from '../../../../../sdk/engine/storage/parts/part-writer.js';
import { PIECE_BYTES } from '../../../../../sdk/protocol/index.js';
import { hasCode } from '../../../../support/has-code.js';
import { placed } from '../part-support.js';

describe('the writer of a partial file', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-writer-'));
    path = join(folder, 'file.part');
    writeFileSync(path, Buffer.alloc(2 * PIECE_BYTES + 10));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes into the cache at once, and past it or what is no whole block in its own time, all before it is closed', async () => {
    const buffers = new PieceBuffers(2);
    const [first, second] = [buffers.take().bytes.fill(1), buffers.take().bytes.fill(2)];
    const writer = new PartWriter(placed(path));
    const told: string[] = [];
    const tell = (what: string) => (error?: Error) => told.push(error ? error.message : what);
    writer.write(first, 0, true, tell('cached'));
    assert.deepEqual(told, ['cached']);
    writer.write(second, PIECE_BYTES, false, tell('past'));
    writer.write(Buffer.alloc(10, 3), 2 * PIECE_BYTES, false, tell('end'));
    await writer.close();
    assert.deepEqual(told.toSorted(), ['cached', 'end', 'past']);
    const whole = readFileSync(path);
    assert.ok(whole.equals(Buffer.concat([first, second, Buffer.alloc(10, 3)])));
  });

  it('follows no link', function () {
    if (process.platform === 'win32') this.skip(); // where creating a link needs a special right
    const { id } = placed(path);
    const link = join(folder, 'link.part');
    symlinkSync(path, link);
    assert.throws(() => new PartWriter({ path: link, id }), /ELOOP/);
  });

  it('does not write to a file that was put in its place', () => {
    const place = placed(path);
    renameSync(path, join(folder, 'ours'));
    writeFileSync(path, 'theirs');
    assert.throws(() => new PartWriter(place), hasCode('FILE_CHANGED'));
  });
});
