import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileAttributes, setAttributes } from '../../../../../sdk/engine/storage/parts/file-attributes.js';

describe('the attributes of a complete file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-attributes-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function after(attributes: FileAttributes, mode: number): Promise<{ mode: number; modifiedMs: number }> {
    await using file = await open(join(folder, 'file'), 'w+');
    await file.chmod(mode);
    await file.utimes(1, 1);
    await setAttributes(file.fd, attributes);
    const stats = await file.stat();
    return { mode: stats.mode & 0o777, modifiedMs: Math.floor(stats.mtimeMs) };
  }

  it('are the time of the publisher, also before 1970', async () => {
    for (const modifiedMs of [1_234_567_891_234, 0, -86_400_000])
      assert.equal((await after({ modifiedMs }, 0o600)).modifiedMs, modifiedMs);
    assert.equal((await after({}, 0o600)).modifiedMs, 1000);
  });

  it('let those execute it who may read it, and only add to the mode', async function () {
    if (process.platform === 'win32') this.skip();
    assert.equal((await after({ executable: true }, 0o640)).mode, 0o750);
    assert.equal((await after({ executable: true }, 0o600)).mode, 0o700);
    assert.equal((await after({ executable: false }, 0o755)).mode, 0o755);
    assert.equal((await after({}, 0o644)).mode, 0o644);
  });

  it('are not needed where the file system refuses them', async () => {
    await setAttributes(-1, { modifiedMs: 1, executable: true });
  });
});
