import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stampOf } from '../../../../sdk/disk/file-stamp.js';
import { FolderFiles } from '../../../../sdk/engine/folders/folder-files.js';
import { type DoneFile, decodeFolderJournal, FolderJournal } from '../../../../sdk/engine/folders/folder-journal.js';
import { FolderTree } from '../../../../sdk/engine/folders/folder-tree.js';
import { decodeManifest } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';
import { manifestOf, TAG } from './folder-support.js';

describe("a folder's journal", () => {
  let folder: string;
  const path = () => join(folder, 'journal');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-folder-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const plain = { noNullPrototype: true };
  const stamp = fc.record({ sizeBytes: fc.nat(), modifiedNs: fc.bigInt({ min: 0n, max: 1n << 62n }) }, plain);
  const place = fc.string({ minLength: 1, unit: 'grapheme' });
  const doneFile = fc.record({ place, manifestId: fc.stringMatching(/^[0-9a-f]{64}$/), stamp }, plain);

  function written(batches: readonly (readonly DoneFile[])[]): Buffer {
    rmSync(path(), { force: true });
    const journal = FolderJournal.open(path());
    for (const batch of batches) journal.add(batch);
    journal.close();
    return readFileSync(path());
  }

  it('tells what was added, and of a torn one whole batches from its beginning', () => {
    const batches = fc.array(fc.array(doneFile, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(batches, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const bytes = written(all);
        assert.deepEqual(decodeFolderJournal(bytes), { done: all.flat(), length: bytes.length });
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        const { done, length } = decodeFolderJournal(cut);
        assert.deepEqual(done, all.flat().slice(0, done.length));
        assert.ok(length <= cut.length && (length === 0 || cut[length - 1] === 10));
      }),
      { numRuns: 50 },
    );
  });

  it('goes on behind what is whole, whatever stands there', () => {
    const [first, second] = fc.sample(doneFile, { numRuns: 2, seed: 1 });
    assert.ok(first && second);
    const bytes = written([[first]]);
    appendFileSync(path(), 'deadbeef [["a","b",1,"1"]]\nrubbish');
    const journal = FolderJournal.open(path());
    assert.ok(journal.vouchesFor(first.place, first.manifestId, first.stamp));
    journal.add([second]);
    journal.close();
    assert.deepEqual(decodeFolderJournal(readFileSync(path())).done, [first, second]);
    assert.deepEqual(readFileSync(path()).subarray(0, bytes.length), bytes);
  });

  it('vouches for a file only with its content, size and time', () => {
    const journal = FolderJournal.open(path());
    journal.add([{ place: 'a/b', manifestId: 'ab'.repeat(32), stamp: { sizeBytes: 5, modifiedNs: 7n } }]);
    journal.close();
    const vouchesFor = reopened();
    assert.ok(vouchesFor('a/b', 'ab'.repeat(32), { sizeBytes: 5, modifiedNs: 7n }));
    assert.ok(!vouchesFor('a/b', 'cd'.repeat(32), { sizeBytes: 5, modifiedNs: 7n }));
    assert.ok(!vouchesFor('a/b', 'ab'.repeat(32), { sizeBytes: 5, modifiedNs: 8n }));
    assert.ok(!vouchesFor('a/b', 'ab'.repeat(32), { sizeBytes: 6, modifiedNs: 7n }));
    assert.ok(!vouchesFor('a', 'ab'.repeat(32), { sizeBytes: 5, modifiedNs: 7n }));

    function reopened(): FolderJournal['vouchesFor'] {
      const again = FolderJournal.open(path());
      again.close();
      return (...about) => again.vouchesFor(...about);
    }
  });

  it('saves reading a file that it vouches for, and no other', () => {
    const bytes = Buffer.from('content');
    const manifest = decodeManifest(manifestOf(bytes));
    const file = { place: 'a', path: join(folder, 'a'), manifest };
    writeFileSync(file.path, Buffer.alloc(bytes.length));
    const journal = FolderJournal.open(path());
    const open = () => new FolderFiles(new FolderTree(folder), FolderJournal.open(path()), TAG);
    assert.throws(() => open().present(file), hasCode('DESTINATION_EXISTS'));
    const stamp = stampOf(statSync(file.path, { bigint: true }));
    journal.add([{ place: 'a', manifestId: manifest.id, stamp }]);
    journal.close();
    assert.deepEqual(open().present(file), stamp, 'by its stamp alone');
    writeFileSync(file.path, bytes);
    assert.ok(open().present(file), 'by its content');
  });
});
