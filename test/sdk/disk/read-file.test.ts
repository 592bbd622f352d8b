import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileWithin, readStartSync } from '../../../sdk/disk/index.js';
import { AllocationWatch } from '../../fuzz/allocations.js';
import { hasCode } from '../../support/has-code.js';

describe('reading a file within a bound', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-read-'));
    path = join(folder, 'file');
    writeFileSync(path, 'twelve bytes');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('reads it whole up to the bound', async () => {
    assert.equal(String(await readFileWithin(path, 12)), 'twelve bytes');
    assert.equal(String(readStartSync(path, 12)), 'twelve bytes');
    assert.equal(String(readStartSync(path, 100)), 'twelve bytes');
  });

  it('refuses a larger one, or reads its start, and takes no memory for the rest', async () => {
    truncateSync(path, 2 ** 40);
    using watch = new AllocationWatch();
    await assert.rejects(readFileWithin(path, 11), hasCode('DATA_DIR_INVALID'));
    assert.equal(String(readStartSync(path, 6)), 'twelve');
    assert.equal(watch.largest, 6);
  });

  it("tells the system's errors as they are", async () => {
    await assert.rejects(readFileWithin(join(folder, 'none'), 1), hasCode('ENOENT'));
    assert.throws(() => readStartSync(join(folder, 'none'), 1), hasCode('ENOENT'));
  });
});
