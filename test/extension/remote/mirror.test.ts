import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Mirror } from '../../../extension/remote/mirror.js';
import { download, folderDownload, status } from '../model/records.js';

describe('What a window knows of the agent', () => {
  const ids = fc.constantFrom('d1', 'd2', 'd3', 'd4');
  const records = fc
    .uniqueArray(fc.record({ id: ids, doneBytes: fc.nat(2048) }), { selector: ({ id }) => id })
    .map((all) => all.map((one) => download(one)));

  it('is what it was told last, of every download', () => {
    const change = fc.record({ changed: records, removed: fc.uniqueArray(ids) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const mirror = new Mirror();
        const expected = new Map<string, unknown>();
        for (const { changed, removed } of changes) {
          mirror.changeDownloads(changed, removed);
          for (const id of removed) expected.delete(id);
          for (const one of changed) expected.set(one.id, one);
          assert.deepEqual(new Map(mirror.downloads), expected);
        }
      }),
    );
  });

  it('is what a new agent says, and tells which downloads that one does not have', () => {
    fc.assert(
      fc.property(records, records, (before, after) => {
        const mirror = new Mirror();
        const snapshot = { status: status(), folders: [], uploads: [], shares: [] };
        mirror.replace({ ...snapshot, downloads: before });
        const { changed, removed } = mirror.replace({ ...snapshot, downloads: after }).downloads;
        assert.deepEqual([...mirror.downloads.values()], after);
        assert.deepEqual(
          changed,
          after.map(({ id }) => id),
        );
        assert.deepEqual(new Set(removed), new Set(before.map(({ id }) => id).filter((id) => !changed.includes(id))));
      }),
    );
  });

  it('keeps what a folder could not have, until it is told otherwise', () => {
    const mirror = new Mirror();
    const failures = [{ fileName: 'shells/a.bin', code: 'NO_SPACE', message: 'The disk is full.' }];
    mirror.changeFolders([folderDownload({ failures })], []);
    mirror.changeFolders([folderDownload({ doneFiles: 2 })], []);
    assert.deepEqual(mirror.folders.get('f1'), folderDownload({ doneFiles: 2, failures }));
    mirror.changeFolders([folderDownload({ failures: [] })], []);
    assert.deepEqual(mirror.folders.get('f1')?.failures, []);
    mirror.changeFolders([], ['f1']);
    assert.equal(mirror.folders.size, 0);
  });

  it('has its user signed in until an agent that takes the session up has said otherwise', () => {
    const mirror = new Mirror();
    mirror.status = status({ userId: 'ann' });
    mirror.status = status({ link: 'connecting' });
    assert.equal(mirror.status.userId, 'ann');
    mirror.status = status({ link: 'online' });
    assert.equal(mirror.status.userId, null);
  });

  it('has nobody signed in at another tracker', () => {
    const mirror = new Mirror();
    mirror.status = status({ userId: 'ann' });
    mirror.status = status({ link: 'connecting', tracker: 'wss://elsewhere:7000' });
    assert.equal(mirror.status.userId, null);
  });
});
