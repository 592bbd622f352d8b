import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble, digestFile, type Wanted } from '../../../../sdk/engine/hashing/hash-jobs.js';
import { hasCode } from '../../../support/has-code.js';

describe('a pass over a file', () => {
  let folder: string;
  let path: string;
  const { signal } = new AbortController();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-pass-'));
    path = join(folder, 'file');
    writeFileSync(path, '');
    truncateSync(path, 17 * 1024 * 1024);
    utimesSync(path, 1, 1);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const wanted of ['pieces', 'whole', 'both'] satisfies Wanted[]) {
    it(`notices a file that was written to between its first byte and its last (${wanted})`, async () => {
      const pass = digestFile(path, 'sha1', wanted, signal, () => appendFileSync(path, 'more'));
      await assert.rejects(pass, hasCode('FILE_CHANGED'));
    });
  }

  it('makes in two halves what it makes at once, of the same state of the file only', async () => {
    const [both, pieces, whole] = await Promise.all(
      (['both', 'pieces', 'whole'] as const).map((wanted) => digestFile(path, 'sha256', wanted, signal, () => {})),
    );
    assert.ok(both && pieces && whole);
    const { manifest } = assemble(path, 'sha256', pieces, whole);
    assert.deepEqual(manifest, assemble(path, 'sha256', both, both).manifest);
    utimesSync(path, 2, 2);
    const later = await digestFile(path, 'sha256', 'whole', signal, () => {});
    assert.throws(() => assemble(path, 'sha256', pieces, later), hasCode('FILE_CHANGED'));
  });
});
