import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LibraryAccount } from '../../../../sdk/client/library/library-account.js';
import type { Change, LibraryShare, LibraryTransfer } from '../../../../sdk/client/library/records/library-schema.js';
import { shareKey } from '../../../../sdk/client/library/records/library-share.js';
import { KeptIndex } from '../../../../sdk/client/library/tables/kept-index.js';
import { LiveBytes } from '../../../../sdk/client/library/tables/live-bytes.js';
import { download, folderDownload, recordsOf, share } from './library-support.js';

describe("an account's records", () => {
  function newAccount(): { account: LibraryAccount; changes: Change[] } {
    const changes: Change[] = [];
    const account = new LibraryAccount({
      live: new LiveBytes(),
      kept: new KeptIndex(),
      onChange: (change) => changes.push(change),
    });
    return { account, changes };
  }

  it('are found by what a name says, however it is written', () => {
    const { account } = newAccount();
    const [one, other] = [share('Notes', { groupId: 'Lab' }), share('notes', { groupId: 'other' })];
    account.putShares([one, other]);
    assert.equal(account.findShare('lab', 'NOTES'), one);
    assert.equal(account.findShare('lab', 'none'), undefined);
    assert.deepEqual(account.sharesInGroup('LAB'), [one]);
    account.putShares([share('a'), share('A')]);
    assert.equal(account.countWith('', []), 3);
  });

  it('of the same name, also of a share that has ended, leave their place to the next one', () => {
    const { account } = newAccount();
    const [one, other] = [share('a'), share('b')];
    account.putShares([one, other]);
    account.endShares([other]);
    assert.equal(account.countWith('LAB', ['A', 'B', 'c']), 3);
    assert.equal(account.countWith('other', ['a']), 3);
  });

  it('are what was put and not removed, each name once, and one that was replaced changes nothing any more', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'c', 'd');
    const step = fc.record({ put: fc.array(name, { maxLength: 4 }), remove: fc.array(name, { maxLength: 2 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { account, changes } = newAccount();
        const model = new Map<string, LibraryShare>();
        for (const { put, remove } of steps) {
          const added = put.map((fileName) => share(fileName));
          const before = new Map(model);
          for (const one of added) model.set(shareKey(one), one);
          const replaced = account.putShares(added);
          assert.deepEqual(new Set(replaced), new Set(added.flatMap((one) => before.get(shareKey(one)) ?? [])));
          const gone = remove.flatMap((fileName) => account.findShare('lab', fileName) ?? []);
          account.removeShares(gone);
          for (const one of gone) model.delete(shareKey(one));
          const count = changes.length;
          account.removeShares(replaced);
          for (const one of replaced) account.changeShare(one, { registered: false });
          assert.equal(changes.length, count);
          assert.deepEqual(new Set(account.shares), new Set(model.values()));
          assert.equal(account.countWith('', []), model.size);
          assert.equal(account.usesManifest('ab'.repeat(32)), model.size > 0);
          for (const one of model.values())
            assert.ok(account.hasShare(one) && account.findShare(one.groupId, one.fileName) === one);
        }
      }),
    );
  });

  it('of shares, by name and by content, are those that were put, replaced, ended and removed in whatever order', () => {
    const content = fc.constantFrom('ab', 'cd').map((pair) => pair.repeat(32));
    const step = fc.record({
      kind: fc.constantFrom('put', 'end', 'remove'),
      fileName: fc.constantFrom('a', 'b', 'c'),
      content,
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { account, changes } = newAccount();
        const [shared, ended] = [new Map<string, LibraryShare>(), new Map<string, LibraryShare>()];
        for (const { kind, fileName, content: manifestId } of steps) {
          const there = shared.get(fileName);
          if (kind === 'put') {
            const one = share(fileName, { manifestId });
            assert.deepEqual(account.putShares([one]), there ? [there] : []);
            shared.set(fileName, one);
            ended.delete(fileName);
          } else if (kind === 'end' && there) {
            account.endShares([there]);
            shared.delete(fileName);
            ended.set(fileName, there);
          } else if (kind === 'remove') {
            const gone = there ?? ended.get(fileName);
            if (gone) account.removeShares([gone]);
            shared.delete(fileName);
            ended.delete(fileName);
          }
          assert.deepEqual(new Set(account.shares), new Set(shared.values()));
          assert.deepEqual(new Set(account.endedShares), new Set(ended.values()));
          assert.equal(account.sharesInGroup('LAB').length, shared.size + ended.size);
          for (const name of ['a', 'b', 'c']) assert.equal(account.findShare('lab', name), shared.get(name));
          for (const id of ['ab'.repeat(32), 'cd'.repeat(32)])
            assert.deepEqual(
              new Set(account.sharesWith({ groupId: 'Lab', manifestId: id })),
              new Set([...shared.values()].filter((one) => one.manifestId === id)),
            );
        }
        const { account: again } = newAccount();
        for (const change of changes) again.apply(structuredClone(change));
        assert.deepEqual(recordsOf(again), recordsOf(account));
        assert.equal(again.endedShares.length, account.endedShares.length);
      }),
    );
  });

  it('keep downloads of files and folders in any order that they are moved to, mostly by one change a move', () => {
    const moves = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 200 });
    fc.assert(
      fc.property(moves, (all) => {
        const { account, changes } = newAccount();
        let order: LibraryTransfer[] = Array.from('abcdef', (id) => {
          return 'ace'.includes(id)
            ? account.putDownload(download(id))
            : account.putFolder(folderDownload(String(id.charCodeAt(0) % 10)));
        });
        changes.length = 0;
        for (const [from, to] of all) {
          const moved = order[from];
          assert.ok(moved);
          order = order.toSpliced(from, 1).toSpliced(to, 0, moved);
          account.moveTransfer(moved, order);
          assert.deepEqual(account.transfers, order);
        }
        if (all.length < 40) assert.ok(changes.length <= all.length);
      }),
    );
  });

  it('keep their order though no number is left between two positions', () => {
    const { account, changes } = newAccount();
    let order = Array.from('abc', (id) => account.putDownload(download(id)));
    changes.length = 0;
    for (let move = 0; move < 3000; move++) {
      const [first, second, third] = order;
      assert.ok(first && second && third);
      order = [first, third, second];
      account.moveTransfer(third, order);
      assert.deepEqual(account.downloads, order);
    }
    assert.ok(changes.length > 3000, 'all were given new positions at some time');
    assert.ok(changes.length < 3050);
  });
});
