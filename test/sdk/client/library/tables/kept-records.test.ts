import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { LibraryKept } from '../../../../../sdk/client/library/records/library-schema.js';
import { KeptIndex } from '../../../../../sdk/client/library/tables/kept-index.js';
import { LibraryFolderOnDisk } from '../library-support.js';

const idOf = (digit: number) => String(digit).repeat(64);

function kept(digit: number, more: Partial<LibraryKept> = {}): LibraryKept {
  return {
    ...{ groupId: 'lab', fileName: 'data', manifestId: idOf(digit), sizeBytes: digit, modifiedNs: '1' },
    ...{ neededAtMs: digit, ...more },
  };
}

describe('the records of kept contents', () => {
  let folder: LibraryFolderOnDisk;

  beforeEach(() => {
    folder = new LibraryFolderOnDisk(mkdtempSync(join(tmpdir(), 'shoal-kept-')));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));

  it('last, by file, group and content, and hold their manifests', async () => {
    const library = await folder.open();
    const { kept: records } = library.account('t', 'u');
    const second = kept(2, { version: 2 });
    for (const one of [kept(1), second, kept(1, { groupId: 'Club', fileName: 'other' }), kept(3)]) records.put(one);
    records.change(second, { neededAtMs: 9 });
    records.remove(kept(3));
    for (const one of records.of({ groupId: 'lab', fileName: 'data' })) if (one.sizeBytes === 3) records.remove(one);
    await library.durable();
    const again = await folder.open();
    const account = again.account('t', 'u');
    assert.deepEqual(
      account.kept.of({ groupId: 'LAB', fileName: 'DATA' }).map(({ version, neededAtMs }) => [version, neededAtMs]),
      [
        [undefined, 1],
        [2, 9],
      ],
    );
    assert.deepEqual([account.kept.inGroup('club').length, again.kept.totalBytes, again.kept.count], [1, 3, 2]);
    assert.deepEqual(
      [1, 2, 3].map((digit) => account.usesManifest(idOf(digit))),
      [true, true, false],
    );
    assert.deepEqual(account.kept.with({ groupId: 'club', manifestId: idOf(1) }).length, 1);
  });

  it('count a content once for all accounts, and forget it for all', async () => {
    const library = await folder.open();
    for (const user of ['u', 'v']) library.account('t', user).kept.put(kept(5));
    assert.equal(library.kept.totalBytes, 5);
    library.forgetKept(idOf(5));
    await library.durable();
    const again = await folder.open();
    assert.deepEqual([again.kept.count, again.account('t', 'v').kept.list], [0, []]);
  });

  it('are those whose files stay when the library is opened', async () => {
    const library = await folder.open();
    library.account('t', 'u').kept.put(kept(1));
    await library.durable();
    for (const name of [idOf(1), idOf(2), `${idOf(1)}.part`, 'notes'])
      writeFileSync(join(library.contents.path, name), '');
    await folder.open();
    assert.deepEqual(readdirSync(library.contents.path).sort(), [idOf(1), 'notes']);
  });

  it('are in the order in which they were needed last, whatever the clock does', () => {
    const step = fc.record({ digit: fc.integer({ min: 1, max: 9 }), isUse: fc.boolean(), nowMs: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const index = new KeptIndex();
        let order: string[] = [];
        let lastMs = 0;
        for (const { digit, isUse, nowMs } of steps) {
          const id = idOf(digit);
          if (isUse && !index.has(id)) continue;
          const neededAtMs = index.needed(id, nowMs);
          assert.ok(neededAtMs >= lastMs);
          lastMs = neededAtMs;
          if (!isUse && !index.has(id)) index.add(kept(digit, { neededAtMs }));
          order = [...order.filter((one) => one !== id), id];
        }
        assert.deepEqual(
          [...index.inOrder()].map(({ manifestId }) => manifestId),
          order,
        );
      }),
    );
  });

  it('are in the order of their times when they were read', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 9 })), (digits) => {
        const index = new KeptIndex();
        for (const digit of digits) index.add(kept(digit));
        assert.deepEqual(
          [...index.inOrder()].map(({ sizeBytes }) => sizeBytes),
          [...digits].sort((one, other) => one - other),
        );
      }),
    );
  });
});
