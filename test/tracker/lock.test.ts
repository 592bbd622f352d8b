import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTracker } from '../../tracker/index.js';
import { Program, SHOAL_TRACKER } from '../e2e/support/processes.js';
import { hasCode } from './support.js';

describe("the lock of a tracker's data folder", () => {
  let folder: string;
  let dataDir: string;
  let program: Program | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-lock-'));
    dataDir = join(folder, 'data');
  });
  afterEach(async () => {
    await program?.kill();
    program = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is taken over from a process that was killed, and from no other', async () => {
    program = new Program(SHOAL_TRACKER, ['--listen', '127.0.0.1:0', '--data', dataDir]);
    const [, fingerprint] = [await program.line(), await program.line()];
    await assert.rejects(
      startTracker({ dataDir }),
      (error) => hasCode('DATA_DIR_IN_USE')(error) && String(error).includes(`process ${program?.pid}`),
    );
    await program.kill();
    assert.equal(existsSync(join(dataDir, 'lock')), true, 'the process could not remove it');
    const tracker = await startTracker({ dataDir });
    try {
      assert.equal(fingerprint, `fingerprint: ${tracker.fingerprint}`);
    } finally {
      await tracker.close();
    }
    assert.equal(existsSync(join(dataDir, 'lock')), false);
  });

  it('is taken over when it was torn as it was written', async () => {
    await (await startTracker({ dataDir })).close();
    for (const torn of ['', '{"pid":']) {
      writeFileSync(join(dataDir, 'lock'), torn);
      await (await startTracker({ dataDir })).close();
    }
  });

  it('is let go when the tracker does not come to run', async () => {
    await (await startTracker({ dataDir })).close();
    const database = join(dataDir, 'tracker.db');
    const whole = readFileSync(database);
    writeFileSync(database, 'no database at all'.repeat(500));
    await assert.rejects(startTracker({ dataDir }), hasCode('DATA_DIR_INVALID'));
    await assert.rejects(startTracker({ dataDir, listen: 'nowhere' }), hasCode('INVALID_ARGUMENT'));
    writeFileSync(database, whole);
    const tracker = await startTracker({ dataDir });
    await Promise.all([tracker.close(), tracker.close()]);
    if (process.platform !== 'win32') assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  });
});
