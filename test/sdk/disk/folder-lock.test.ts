import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '../../../sdk/disk/index.js';

const isInUse = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'DATA_DIR_IN_USE';

describe('the lock of a folder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is had by one at a time, and who else asks is told by whom', async () => {
    const lock = await lockFolder(folder);
    await assert.rejects(lockFolder(folder), (error) => isInUse(error) && String(error).includes(String(process.pid)));
    await lock.release();
    await (await lockFolder(folder)).release();
    assert.ok(!existsSync(join(folder, 'lock')));
  });

  it('is taken from a process that is no more, even when its id is used again', async () => {
    const first = await lockFolder(folder);
    const held = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as object;
    await first.release();
    const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
    for (const stale of [
      { ...held, pid: dead },
      { ...held, startedAt: '1' },
      { ...held, bootId: '0'.repeat(31) },
    ]) {
      if (process.platform !== 'linux' && !('pid' in stale && stale.pid === dead)) continue;
      writeFileSync(join(folder, 'lock'), JSON.stringify(stale));
      await (await lockFolder(folder)).release();
    }
  });

  it('is taken from a file that tells nothing', async () => {
    writeFileSync(join(folder, 'lock'), '{"pid":');
    await (await lockFolder(folder)).release();
  });

  it('goes to exactly one of many that find a stale one', async () => {
    writeFileSync(join(folder, 'lock'), 'stale');
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(isInUse(outcome.reason));
  });
});
