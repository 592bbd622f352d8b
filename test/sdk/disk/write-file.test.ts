import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeUnfinished, writeFileDurably } from '../../../sdk/disk/index.js';

describe('writing a file durably', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-write-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('replaces it whole, for its owner only, and leaves nothing beside it', async () => {
    const path = join(folder, 'file');
    await writeFileDurably(path, 'one');
    await writeFileDurably(path, 'two');
    assert.equal(readFileSync(path, 'utf8'), 'two');
    assert.deepEqual(readdirSync(folder), ['file']);
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('can be cleared up after, where a process was killed while it wrote', async () => {
    for (const name of ['file', 'file.0123456789ab.new', 'other.new', 'file.part.journal.new'])
      writeFileSync(join(folder, name), '');
    await removeUnfinished(folder);
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'file.part.journal.new', 'other.new']);
    await removeUnfinished(join(folder, 'no such folder'));
  });

  it('leaves one of the texts, whole, when many write at once', async () => {
    const path = join(folder, 'file');
    const texts = Array.from({ length: 10 }, (_, index) => String(index).repeat(10_000));
    await Promise.all(texts.map((text) => writeFileDurably(path, text)));
    assert.ok(texts.includes(readFileSync(path, 'utf8')));
    assert.deepEqual(readdirSync(folder), ['file']);
  });

  it('leaves nothing behind when it cannot', async () => {
    await assert.rejects(writeFileDurably(join(folder, 'no', 'file'), 'x'));
    assert.deepEqual(readdirSync(folder), []);
  });
});
