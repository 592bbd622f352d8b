import assert from 'node:assert/strict';
import { describeChanges } from '../../../../sdk/cli/texts/changes-text.js';
import type { FolderChanges, KeptFile } from '../../../../sdk/index.js';

describe('the text about what a folder download did', () => {
  const NOTHING = { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 };
  const told = (changes: Partial<FolderChanges>, kept: KeptFile[] = []) =>
    describeChanges({ changes: { ...NOTHING, ...changes }, kept });

  it('is empty if all files are new', () => {
    assert.equal(told({ added: 3 }), '');
    assert.equal(told({}), '');
  });

  it('counts every kind, and names the first files that are left alone', () => {
    assert.equal(
      told({ added: 1, restored: 2, updated: 3, unchanged: 4 }),
      '1 new, 2 restored, 3 updated, 4 unchanged',
    );
    const kept = ['/a', '/b', '/c', '/d'].map((path): KeptFile => ({ fileName: path, path, why: 'edited' }));
    assert.equal(told({ edited: 1 }, kept.slice(0, 1)), '1 edited here; left alone: /a (edited here)');
    assert.equal(
      told({ edited: 9, removed: 1, deleted: 2 }, kept),
      '9 edited here, 1 removed from the group, 2 deleted here; left alone: ' +
        '/a (edited here), /b (edited here), /c (edited here), and 7 more; show_kept lists them',
    );
  });
});
