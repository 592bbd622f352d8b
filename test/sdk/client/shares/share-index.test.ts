import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Account, LibraryShare } from '../../../../sdk/client/local/library-schema.js';
import { shareKey } from '../../../../sdk/client/local/library-share.js';
import { ShareIndex } from '../../../../sdk/client/shares/share-index.js';

const share = (fileName: string, groupId = 'lab'): LibraryShare => ({
  ...{ groupId, fileName, path: `/${fileName}`, manifestId: 'ab'.repeat(32), sizeBytes: 1, modifiedNs: '1' },
  registered: true,
});
const accountOf = (...shares: LibraryShare[]): Account => ({ shares, downloads: [], folders: [] });

describe('the index of shares', () => {
  it('finds by what a name says, however it is written, and is one for an account', () => {
    const [one, other] = [share('Notes', 'Lab'), share('notes', 'other')];
    const account = accountOf(one, other);
    const index = ShareIndex.of(account);
    assert.equal(ShareIndex.of(account), index);
    assert.equal(index.find('lab', 'NOTES'), one);
    assert.equal(index.find('lab', 'none'), undefined);
    assert.deepEqual(index.inGroup('LAB'), [one]);
    assert.equal(ShareIndex.of(accountOf(share('a'), share('A'))).all.length, 1);
  });

  it('has what was put and not removed, each name once, in the library as well', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'c', 'd');
    const step = fc.record({ put: fc.array(name, { maxLength: 4 }), remove: fc.array(name, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const account = accountOf();
        const index = ShareIndex.of(account);
        const model = new Map<string, LibraryShare>();
        for (const { put, remove } of steps) {
          const added = put.map((fileName) => share(fileName));
          const before = new Map(model);
          for (const one of added) model.set(shareKey(one), one);
          const replaced = index.put(added);
          assert.deepEqual(new Set(replaced), new Set(added.flatMap((one) => before.get(shareKey(one)) ?? [])));
          const gone = remove.flatMap((fileName) => index.find('lab', fileName) ?? []);
          index.remove(gone);
          for (const one of gone) model.delete(shareKey(one));
          index.remove(replaced); // gone already: those in their place stay
          assert.deepEqual(new Set(account.shares), new Set(model.values()));
          assert.equal(account.shares.length, model.size);
          for (const one of model.values()) assert.ok(index.has(one) && index.find(one.groupId, one.fileName) === one);
        }
      }),
    );
  });
});
