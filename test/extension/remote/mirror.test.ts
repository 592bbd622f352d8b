import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Mirror } from '../../../extension/remote/mirror.js';
import { download, status } from '../model/records.js';

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
        const snapshot = { status: status(), uploads: [], shares: [] };
        mirror.replace({ ...snapshot, downloads: before });
        const { changed, removed } = mirror.replace({ ...snapshot, downloads: after });
        assert.deepEqual([...mirror.downloads.values()], after);
        assert.deepEqual(
          changed,
          after.map(({ id }) => id),
        );
        assert.deepEqual(new Set(removed), new Set(before.map(({ id }) => id).filter((id) => !changed.includes(id))));
      }),
    );
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
