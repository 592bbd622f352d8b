import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backups } from '../../../extension/editor/backups.js';

describe('backups of replaced files', () => {
  let folder: string;
  let path: string;
  let backups: Backups;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-backups-'));
    path = join(folder, 'report.csv');
    backups = new Backups(join(folder, 'backups'));
    writeFileSync(path, 'mine');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const replace = async () => {
    const kept = await backups.keep(path);
    writeFileSync(path, 'theirs, longer');
    return backups.settle(kept);
  };

  it('bring the bytes back, once', async () => {
    const backup = await replace();
    assert.deepEqual(
      (await backups.list()).map((one) => one.path),
      [path],
    );
    assert.equal(await backups.restore(backup), true);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.deepEqual(await backups.list(), []);
  });

  it('bring nothing back over a file that was changed meanwhile, and stay', async () => {
    const backup = await replace();
    writeFileSync(path, 'changed again');
    assert.equal(await backups.restore(backup), false);
    assert.equal(readFileSync(path, 'utf8'), 'changed again');
    assert.equal(readFileSync(backups.fileOf(backup), 'utf8'), 'mine');
  });

  it('bring a file back whose replacement is gone', async () => {
    const backup = await replace();
    rmSync(path);
    assert.equal(await backups.restore(backup), true);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
  });

  it('are not there for a file that cannot be read', async () => {
    await assert.rejects(backups.keep(join(folder, 'none')), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(join(folder, 'backups')), []);
  });

  it('ignore folders that are no backups, and go when there are too many', async () => {
    for (let index = 0; index < 51; index++) await backups.keep(path, Date.now() - 60_000 + index);
    writeFileSync(join(folder, 'backups/0-damaged'), 'x');
    const last = await backups.settle(await backups.keep(path));
    const left = await backups.list();
    assert.equal(left[0]?.folder, last.folder);
    assert.equal(left.length, 50);
  });
});
