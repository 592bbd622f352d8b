import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stampAtSync } from '../../../../../sdk/disk/index.js';
import { moveReplacing } from '../../../../../sdk/engine/storage/parts/move-file.js';
import { hasCode } from '../../../../support/has-code.js';

describe('a rename over an existing file', () => {
  let folder: string;
  let [from, to] = ['', ''];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-move-'));
    [from, to] = [join(folder, 'from'), join(folder, 'to')];
    writeFileSync(from, 'new');
    writeFileSync(to, 'old');
    utimesSync(to, 1000, 1000);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('replaces any file, none, or the one that has the stamp', async () => {
    await assert.rejects(moveReplacing(from, to, false), hasCode('DESTINATION_EXISTS'));
    const stamp = stampAtSync(to);
    writeFileSync(to, 'own');
    await assert.rejects(moveReplacing(from, to, stamp), hasCode('DESTINATION_EXISTS'));
    assert.deepEqual([readFileSync(to, 'utf8'), readFileSync(from, 'utf8')], ['own', 'new']);
    await moveReplacing(from, to, stampAtSync(to));
    assert.equal(readFileSync(to, 'utf8'), 'new');
    writeFileSync(from, 'newer');
    await moveReplacing(from, to, true);
    assert.equal(readFileSync(to, 'utf8'), 'newer');
  });

  it('needs no file to replace', async () => {
    const stamp = stampAtSync(to);
    rmSync(to);
    await moveReplacing(from, to, stamp);
    assert.equal(readFileSync(to, 'utf8'), 'new');
  });
});
