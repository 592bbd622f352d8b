import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_SHARES } from '../../../../sdk/client/library/records/library-errors.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';
import { download, folderDownload, LibraryFolderOnDisk, recordsOf, share } from './library-support.js';

describe('the library', () => {
  let folder: LibraryFolderOnDisk;

  beforeEach(() => {
    folder = new LibraryFolderOnDisk(mkdtempSync(join(tmpdir(), 'shoal-library-')));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));

  it('writes nothing before anything changes', async () => {
    await (await folder.open()).durable();
    assert.deepEqual(readdirSync(folder.path).sort(), ['contents', 'folders', 'manifests']);
  });

  it('is what was made durable, and says nothing', async () => {
    await folder.write('one', 'two');
    assert.deepEqual(await folder.names(), ['one', 'two']);
    assert.deepEqual(folder.warnings, []);
  });

  it('writes what changed in a record, whatever it is that may', async () => {
    const library = await folder.open();
    const account = library.account('t', 'u');
    const one = share('one');
    account.putShares([one]);
    const fetched = account.putDownload(download('d'));
    const tree = account.putFolder(folderDownload('1'));
    for (const change of [
      () => account.changeShare(one, { registered: false }),
      () => account.changeShare(one, { modifiedNs: '2' }),
      () => account.changeShare(one, { path: '/elsewhere' }),
      () => account.changeShare(one, { copies: [{ path: '/copy', modifiedNs: '3' }] }),
      () => account.changeShare(one, { copies: [] }),
      () => account.changeDownload(fetched, { paused: true, donePieces: 7 }),
      () => account.changeDownload(fetched, { overwrite: true, limitBytesPerSecond: 9, priority: 'high' }),
      () => account.changeDownload(fetched, { limitBytesPerSecond: undefined }),
      () => account.changeFolder(tree, { paused: true }),
      () => account.changeFolder(tree, { overwrite: true }),
    ]) {
      change();
      await library.durable();
      assert.deepEqual(recordsOf((await folder.open()).account('t', 'u')), recordsOf(account));
    }
    account.removeDownload(fetched);
    account.removeFolder(tree);
    await library.durable();
    const left = (await folder.open()).account('t', 'u');
    assert.deepEqual([left.countWith('', []), left.downloads.length, left.folders.length], [1, 0, 0]);
  });

  it('writes what changes in one go in one line: a download becomes a share in one step', async () => {
    const library = await folder.open();
    const account = library.account('t', 'u');
    const fetched = account.putDownload(download('d'));
    await library.durable();
    account.removeDownload(fetched);
    account.putShares([share(fetched.fileName)]);
    const lines = folder.text().split('\n').length;
    await library.durable();
    assert.equal(folder.text().split('\n').length, lines + 1);
  });

  it('keeps accounts apart, and finds one by another fingerprint of its tracker', async () => {
    const library = await folder.open();
    library.account('t', 'u').putShares([share('one')]);
    library.account('t', 'v').putShares([share('two')]);
    await library.durable();
    const again = await folder.open();
    assert.equal(again.account('t', 'v').shares[0]?.fileName, 'two');
    assert.equal(again.account('new', 'u', ['t']).shares[0]?.fileName, 'one');
    assert.equal(again.account('new', 'w', ['t']).countWith('', []), 0);
  });

  it('removes a manifest when the last share and download that has it is gone, of all accounts', async () => {
    const library = await folder.open();
    const id = 'ab'.repeat(32);
    const [mine, other] = [library.account('t', 'u'), library.account('t', 'v')];
    await library.saveManifest(id, Buffer.from('manifest'));
    for (const account of [mine, other]) account.putShares([share('one'), share('two')]);
    const path = join(folder.path, 'manifests', id);
    for (const [account, name] of [
      [mine, 'one'],
      [mine, 'two'],
      [other, 'one'],
      [other, 'two'],
    ] as const) {
      assert.ok(existsSync(path));
      account.removeShares([account.findShare('lab', name) ?? share(name)]);
      await library.dropManifests([id]);
    }
    assert.ok(!existsSync(path));
    await library.durable();
  });

  it('takes as many shares as its user may make, and refuses the next one and writes nothing', async () => {
    const library = await folder.open();
    const account = library.account('t', 'u');
    account.putShares(Array.from({ length: MAX_SHARES - 1 }, (_none, number) => share(`n${number}`)));
    const giveBack = account.reserveShare({ fileName: 'last' });
    assert.throws(() => account.reserveShare({ fileName: 'at the same time' }), hasCode('TOO_MANY_SHARES'));
    account.putShares([share('last')]);
    giveBack();
    await library.durable();
    const { size, mtimeNs } = statSync(folder.journal, { bigint: true });
    assert.throws(() => account.reserveShare({ fileName: 'one more' }), /TOO_MANY_SHARES|100000 files/);
    await library.durable();
    const after = statSync(folder.journal, { bigint: true });
    assert.deepEqual([after.size, after.mtimeNs], [size, mtimeNs]);
    account.putShares([share('downloaded')]); // what is downloaded beyond is served on all the same
    await library.durable();
    const again = await folder.open();
    assert.equal(again.account('t', 'u').countWith('', []), MAX_SHARES + 1);
    assert.deepEqual(folder.warnings, []);
  });

  it('writes as many bytes for the 10,000th share as for the first, and adds them to the same file', async () => {
    const library = await folder.open();
    const account = library.account('t', 'u');
    const name = (number: number) => `file ${String(number).padStart(6, '0')}`;
    account.putShares([share(name(0))]);
    await library.durable();
    const bytesOf = async (number: number): Promise<number> => {
      const before = statSync(folder.journal);
      account.putShares([share(name(number))]);
      await library.durable();
      const after = statSync(folder.journal);
      assert.equal(after.ino, before.ino);
      return after.size - before.size;
    };
    const first = await bytesOf(1);
    account.putShares(Array.from({ length: 9998 }, (_none, index) => share(name(index + 2))));
    await library.durable();
    assert.equal(await bytesOf(10_000), first);
    assert.ok(first < 500, `${first} bytes`);
  });

  it('is written anew when most of it is dead, and grows no further', async () => {
    const library = await folder.open();
    const account = library.account('t', 'u');
    const many = Array.from({ length: 200 }, (_none, number) => share(`n${number}`));
    account.putShares(many);
    let largest = 0;
    for (let round = 0; round < 60; round++) {
      for (const one of many) account.changeShare(one, { modifiedNs: String(round) });
      await library.durable();
      largest = Math.max(largest, statSync(folder.journal).size);
    }
    assert.ok(largest < 400_000, `${largest} bytes`);
    assert.deepEqual(recordsOf((await folder.open()).account('t', 'u')), recordsOf(account));
    await library.finish();
    assert.ok(statSync(folder.journal).size < 50_000);
    assert.deepEqual(recordsOf((await folder.open()).account('t', 'u')), recordsOf(account));
  });

  it('writes many changes that nobody waits for in one line, within a second', async () => {
    const library = await folder.write('one');
    const one = library.account('t', 'u').findShare('lab', 'one');
    assert.ok(one);
    const before = folder.text();
    for (let time = 0; time < 500; time++) library.account('t', 'u').changeShare(one, { modifiedNs: String(time) });
    assert.equal(folder.text(), before);
    const deadline = Date.now() + 10_000;
    while (folder.text() === before && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(folder.text().split('\n').length, before.split('\n').length + 1);
    assert.equal((await folder.open()).account('t', 'u').shares[0]?.modifiedNs, '499');
  });

  it('writes nothing any more when it is closed, and says why to whoever waits for that', async () => {
    const library = await folder.write('one');
    const before = folder.text();
    library.close(new ShoalError('DATA_DIR_IN_USE', 'another has it'));
    await library.durable(); // there is nothing to write
    library.account('t', 'u').putShares([share('two')]);
    await assert.rejects(library.durable(), hasCode('DATA_DIR_IN_USE'));
    await assert.rejects(library.finish(), hasCode('DATA_DIR_IN_USE'));
    assert.equal(folder.text(), before);
  });
});
