import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder, readBootId } from '../../../sdk/disk/index.js';
import { hasCode } from '../../support/has-code.js';

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

  describe('of a process that cannot be seen from here', () => {
    const elsewhere = { pid: 1, startedAt: '1', bootId: 'f'.repeat(32), pidNamespace: null, host: 'far', token: 'abc' };
    const path = () => join(folder, 'lock');
    const long = () => utimesSync(path(), Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);

    it('holds while it is touched, and its owner is named', async () => {
      for (const other of [elsewhere, { ...elsewhere, bootId: readBootId(), pidNamespace: 'pid:[1]' }]) {
        writeFileSync(path(), JSON.stringify(other));
        const words: string[] = [];
        const onWait = (message: string) => {
          words.push(message);
          utimesSync(path(), new Date(), new Date(Date.now() + 1)); // the holder's sign of life
        };
        await assert.rejects(lockFolder(folder, { onWait }), (error) => isInUse(error) && /far/.test(String(error)));
        assert.equal(words.length, 1);
      }
    });

    it('is waited for only until a signal is given, and nothing is left behind then', async () => {
      writeFileSync(path(), JSON.stringify(elsewhere));
      const stop = new AbortController();
      const onWait = () => stop.abort();
      await assert.rejects(lockFolder(folder, { onWait, signal: stop.signal }), hasCode('ABORTED'));
      assert.deepEqual(readdirSync(folder), ['lock']);
      assert.equal(readFileSync(path(), 'utf8'), JSON.stringify(elsewhere));
    });

    it('is taken over at once when nobody has touched it for long', async () => {
      writeFileSync(path(), JSON.stringify(elsewhere));
      long();
      await (await lockFolder(folder)).release();
    });

    it('goes to exactly one of many that find it left behind', async () => {
      writeFileSync(path(), JSON.stringify(elsewhere));
      long();
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
      assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
    });
  });

  it('is not removed by one who lost it to another', async () => {
    const lock = await lockFolder(folder);
    const path = join(folder, 'lock');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), token: 'another' }));
    await lock.release();
    assert.ok(existsSync(path));
  });

  it('says so when what stands in its place can be no lock', async () => {
    const path = join(folder, 'lock');
    const isSaid = (error: unknown) =>
      error instanceof Error && 'code' in error && error.code === 'DATA_DIR_INVALID' && error.message.includes(path);
    mkdirSync(path);
    await assert.rejects(lockFolder(folder), isSaid);
    rmSync(path, { recursive: true });
    symlinkSync('elsewhere', path);
    await assert.rejects(lockFolder(folder), isSaid);
    rmSync(path);
    writeFileSync(path, Buffer.alloc(1 << 20));
    await assert.rejects(lockFolder(folder), isSaid);
  });
});
