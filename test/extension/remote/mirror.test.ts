import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Mirror } from '../../../extension/remote/mirror.js';
import { download, folderDownload, status } from '../model/records.js';

describe("the mirror of the agent's state", () => {
  const ids = fc.constantFrom('d1', 'd2', 'd3', 'd4');
  const records = fc
    .uniqueArray(fc.record({ id: ids, doneBytes: fc.nat(2048) }), { selector: ({ id }) => id })
    .map((all) => all.map((one) => download(one)));

  it('has the latest record of every download', () => {
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

  it('is that of a new agent, and lists the downloads that it does not have', () => {
    fc.assert(
      fc.property(records, records, (before, after) => {
        const mirror = new Mirror();
        const snapshot = { status: status(), folders: [], uploads: [], shares: [], sharedFolders: [] };
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

  it('keeps the failures and the kept files of a folder until new lists arrive', () => {
    const mirror = new Mirror();
    const failures = [{ fileName: 'shells/a.bin', code: 'NO_SPACE', message: 'The disk is full.' }];
    const kept = [{ fileName: 'shells/b.bin', path: '/home/me/shells/b.bin', why: 'edited' as const }];
    mirror.changeFolders([folderDownload({ failures, kept })], []);
    mirror.changeFolders([folderDownload({ doneFiles: 2 })], []);
    assert.deepEqual(mirror.folders.get('f1'), folderDownload({ doneFiles: 2, failures, kept }));
    mirror.changeFolders([folderDownload({ failures: [], kept: [] })], []);
    assert.deepEqual([mirror.folders.get('f1')?.failures, mirror.folders.get('f1')?.kept], [[], []]);
    mirror.changeFolders([], ['f1']);
    assert.equal(mirror.folders.size, 0);
  });

  it('tells which shared folders are others than before', () => {
    const folder = (name: string, watch = false) => ({ groupId: 'lab', folder: name, path: `/home/${name}`, watch });
    const mirror = new Mirror();
    assert.deepEqual(mirror.changeSharedFolders([folder('a'), folder('b')]), [folder('a'), folder('b')]);
    assert.deepEqual(mirror.changeSharedFolders([folder('b'), folder('a')]), []);
    const changed = mirror.changeSharedFolders([folder('a', true)]);
    assert.deepEqual(new Set(changed.map((one) => one.folder)), new Set(['a', 'b']));
    assert.equal(mirror.sharedFolder('lab', 'a')?.watch, true);
    assert.equal(mirror.sharedFolder('lab', 'b'), undefined);
    const snapshot = { status: status(), downloads: [], folders: [], uploads: [], shares: [], sharedFolders: [] };
    assert.deepEqual(mirror.replace(snapshot).sharedFolders, [folder('a', true)]);
  });

  it('keeps its user signed in until an agent that resumes the session has answered', () => {
    const mirror = new Mirror();
    mirror.status = status({ userId: 'ann' });
    mirror.status = status({ link: 'connecting' });
    assert.equal(mirror.status.userId, 'ann');
    mirror.status = status({ link: 'online' });
    assert.equal(mirror.status.userId, null);
  });

  it('has no user at another tracker', () => {
    const mirror = new Mirror();
    mirror.status = status({ userId: 'ann' });
    mirror.status = status({ link: 'connecting', tracker: 'wss://elsewhere:7000' });
    assert.equal(mirror.status.userId, null);
  });
});
