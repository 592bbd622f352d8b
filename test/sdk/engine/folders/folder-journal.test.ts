import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type DoneFile, decodeFolderJournal, FolderJournal } from '../../../../sdk/engine/folders/folder-journal.js';

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
    assert.deepEqual(journal.stampOf(first.place, first.manifestId), first.stamp);
    journal.add([second]);
    journal.close();
    assert.deepEqual(decodeFolderJournal(readFileSync(path())).done, [first, second]);
    assert.deepEqual(readFileSync(path()).subarray(0, bytes.length), bytes);
  });

  it('vouches for a file only in its place, and with its content', () => {
    const stamp = { sizeBytes: 5, modifiedNs: 7n };
    const journal = FolderJournal.open(path());
    journal.add([{ place: 'a/b', manifestId: 'ab'.repeat(32), stamp }]);
    journal.close();
    const again = FolderJournal.open(path());
    again.close();
    assert.deepEqual(again.stampOf('a/b', 'ab'.repeat(32)), stamp);
    assert.equal(again.stampOf('a/b', 'cd'.repeat(32)), undefined);
    assert.equal(again.stampOf('a', 'ab'.repeat(32)), undefined);
  });
});
