import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseFinalPath } from '../../../../sdk/client/local/destination.js';
import { hasCode } from '../support.js';

describe('the destination of a download', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-destination-'));
    mkdirSync(join(folder, 'inbox'));
    writeFileSync(join(folder, 'there'), 'mine');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is in the folder, or at the path, that was named', async () => {
    assert.equal(await chooseFinalPath(join(folder, 'inbox'), 'a.txt', false), join(folder, 'inbox', 'a.txt'));
    assert.equal(await chooseFinalPath(join(folder, 'renamed'), 'a.txt', false), join(folder, 'renamed'));
    assert.equal(await chooseFinalPath(join(folder, 'there'), 'a.txt', true), join(folder, 'there'));
  });

  it('is refused where there is no folder, and where something stands', async () => {
    await assert.rejects(chooseFinalPath(join(folder, 'no', 'such'), 'a', false), hasCode('DESTINATION_NOT_FOUND'));
    await assert.rejects(chooseFinalPath(`${join(folder, 'nosuch')}/`, 'a', false), hasCode('DESTINATION_NOT_FOUND'));
    await assert.rejects(chooseFinalPath(join(folder, 'there', 'a'), 'a', false), hasCode('DESTINATION_NOT_FOUND'));
    await assert.rejects(chooseFinalPath(join(folder, 'there'), 'a', false), hasCode('DESTINATION_EXISTS'));
    const { size } = statSync(join(folder, 'there'));
    await assert.rejects(chooseFinalPath(join(folder, 'there'), 'a', false, size + 1), hasCode('DESTINATION_EXISTS'));
    assert.equal(await chooseFinalPath(join(folder, 'there'), 'a', false, size), join(folder, 'there'));
    await assert.rejects(chooseFinalPath(folder, 'inbox', true), hasCode('DESTINATION_EXISTS'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    await assert.rejects(chooseFinalPath(join(folder, 'link'), 'a', false), hasCode('DESTINATION_EXISTS'));
  });

  it('is never outside the folder, whatever a hostile tracker calls the file', async () => {
    for (const name of ['../escape', '..', '/etc/passwd', 'a/', 'a/..', 'a\\b', 'a\u0000b']) {
      await assert.rejects(chooseFinalPath(join(folder, 'inbox'), name, false), hasCode('INVALID_NAME'));
    }
  });

  it('has the last segment of a name that is a path', async () => {
    assert.equal(await chooseFinalPath(join(folder, 'inbox'), 'a/b/c', false), join(folder, 'inbox', 'c'));
  });
});
