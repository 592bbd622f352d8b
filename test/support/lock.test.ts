import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { withLock } from './lock.js';

describe('the lock of a folder that tests share', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is had by one at a time, also within one process', async () => {
    const lock = join(folder, 'lock');
    let inside = 0;
    const work = () =>
      withLock(lock, async () => {
        assert.equal(++inside, 1);
        for (let turn = 0; turn < 20; turn++) await nextTurn();
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('of a process that is no more does not count', async () => {
    const lock = join(folder, 'lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), '2147483646');
    assert.equal(await withLock(lock, async () => 'in'), 'in');
    assert.deepEqual(readdirSync(folder), []);
  });
});
