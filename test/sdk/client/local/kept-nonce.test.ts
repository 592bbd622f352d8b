import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptNonce } from '../../../../sdk/client/local/kept-nonce.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';

describe('the bytes by which a router recognises a device', () => {
  let folder: string;
  let warnings: string[];
  const logger = { ...SILENT, warn: (message: string) => void warnings.push(message) };
  const nonce = async (dataDir = folder) => Buffer.from(await new KeptNonce(dataDir).get(logger)).toString('hex');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-nonce-'));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are twelve, and the same after a restart', async () => {
    const first = await nonce();
    assert.match(first, /^[0-9a-f]{24}$/);
    assert.equal(await nonce(), first);
    assert.deepEqual(warnings, []);
    if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'router-nonce.json')).mode & 0o777, 0o600);
  });

  it('are others if the file cannot be read, which is said once', async () => {
    for (const text of ['', '{}', '{"nonce":"00"}', `{"nonce":"${'x'.repeat(24)}"}`, ' '.repeat(2000)]) {
      warnings = [];
      writeFileSync(join(folder, 'router-nonce.json'), text);
      const made = await nonce();
      assert.equal(await nonce(), made, text);
      assert.deepEqual(warnings.length, 1, text);
    }
  });

  it('are there even if they cannot be kept', async () => {
    assert.match(await nonce(join(folder, 'gone')), /^[0-9a-f]{24}$/);
    assert.match(warnings[0] ?? '', /After a crash/);
  });
});
