import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseLibraryJson } from '../../../../../sdk/client/library/files/library-v1.js';
import { FailingDisk } from '../../../../support/failing-disk.js';
import { hasCode } from '../../../../support/has-code.js';
import { download, folderDownload, LibraryFolderOnDisk, recordsOf, share } from '../library-support.js';

const disk = new FailingDisk();

describe('a library of version 0.1', () => {
  let folder: LibraryFolderOnDisk;

  beforeEach(() => {
    folder = new LibraryFolderOnDisk(mkdtempSync(join(tmpdir(), 'shoal-library-')));
  });
  afterEach(() => {
    disk.fail();
    rmSync(folder.path, { recursive: true, force: true });
  });
  after(() => disk.restore());

  const two = () => folder.writeVersion1({ 'u@t': { shares: [share('one'), share('two')], downloads: [] } });

  it('is taken over whole at the first change, and one of version 0.1 is kept beside it', async () => {
    const { id: _none, ...older } = download('older');
    const account = {
      shares: [share('one'), share('two', { copies: [{ path: '/copy', modifiedNs: '3' }] })],
      downloads: [download('b'), older, download('a')],
      folders: [folderDownload('1')],
    };
    const text = folder.writeVersion1({ 'u@t': account, 'v@t': { shares: [share('x')], downloads: [], folders: [] } });
    const library = await folder.open();
    const [mine, other] = [library.account('t', 'u'), library.account('t', 'v')];
    assert.deepEqual(mine.shares, account.shares);
    assert.deepEqual(
      mine.downloads.map(({ fileName }) => fileName),
      ['file b', 'file older', 'file a'],
    );
    assert.deepEqual(mine.folders, [{ ...folderDownload('1'), position: -1 }], 'folders did not wait for others');
    assert.equal(readFileSync(folder.marker, 'utf8'), text, 'nothing is written until something changes');
    other.putShares([share('y')]);
    await library.durable();
    assert.equal(readFileSync(`${folder.marker}.previous`, 'utf8'), text);
    const again = await folder.open();
    assert.deepEqual(recordsOf(again.account('t', 'u')), recordsOf(mine));
    assert.deepEqual(recordsOf(again.account('t', 'v')), recordsOf(other));
    assert.deepEqual(folder.warnings, []);
  });

  it('tells version 0.1 that it is a newer one when it was taken over', async () => {
    two();
    await folder.write('three');
    const { version }: { version?: unknown } = JSON.parse(readFileSync(folder.marker, 'utf8')) as object;
    assert.ok(typeof version === 'number' && version > 1);
  });

  it('without a digest is taken, as the first ones were', async () => {
    const accounts = { 'u@t': { shares: [share('old')], downloads: [] } };
    writeFileSync(folder.marker, `${JSON.stringify({ version: 1, accounts }, null, 1)}\n`);
    assert.deepEqual(await folder.names(), ['old']);
    assert.deepEqual(folder.warnings, []);
  });

  // Every name that the take-over gives, and the moment before it.
  for (const name of ['library.journal', 'library.journal.previous', 'library.json.previous', 'library.json']) {
    it(`loses nothing when the take-over ends before ${name} is there, and is taken over by the next one`, async () => {
      two();
      disk.fail({ call: 'promises.rename', path: '.new', nth: 1 + RENAMES.indexOf(name), how: 'EIO' });
      const library = await folder.open();
      library.account('t', 'u').putShares([share('three')]);
      await assert.rejects(library.durable());
      disk.fail();
      assert.ok(!existsSync(join(folder.path, name)) || name === 'library.json');
      assert.deepEqual(await folder.names(), ['one', 'two']);
      await folder.write('four');
      assert.deepEqual(await folder.names(), ['one', 'two', 'four']);
      assert.deepEqual(folder.warnings, []);
    });
  }

  it('counts where it was put back from a backup', async () => {
    two();
    await folder.write('three');
    copyFileSync(`${folder.marker}.previous`, folder.marker);
    assert.deepEqual(await folder.names(), ['one', 'two']);
    await folder.write('four');
    assert.deepEqual(await folder.names(), ['one', 'two', 'four']);
  });

  it('is what it was just before where it is torn or edited, which is told, and the damaged one is kept', async () => {
    const whole = two();
    const before = folder.writeVersion1({ 'u@t': { shares: [share('one')], downloads: [] } });
    for (const damaged of [
      '',
      whole.slice(0, -10),
      whole.replace('two', 'twx'),
      JSON.stringify(JSON.parse(whole)), // formatted anew by an editor
      whole.replace(/"digest":"../, '"digest":"00'),
    ]) {
      writeFileSync(folder.marker, damaged);
      writeFileSync(`${folder.marker}.previous`, before);
      folder.warnings.length = 0;
      assert.deepEqual(await folder.names(), ['one']);
      assert.equal(folder.warnings.length, 1);
      assert.equal(readFileSync(`${folder.marker}.damaged`, 'utf8'), damaged);
      rmSync(folder.marker, { force: true });
    }
    folder.warnings.length = 0;
    assert.deepEqual(await folder.names(), ['one']);
    assert.match(folder.warnings.join(), /was gone/);
  });

  it('is refused where nothing good is left of it, and not changed', async () => {
    for (const path of [folder.marker, `${folder.marker}.previous`]) writeFileSync(path, 'torn');
    await assert.rejects(folder.open(), hasCode('DATA_DIR_INVALID'));
    assert.equal(readFileSync(folder.marker, 'utf8'), 'torn');
  });

  it('is taken as it reads where it was edited and nothing before it is left, which is told', async () => {
    writeFileSync(folder.marker, two().replace('two', 'twx'));
    assert.deepEqual(await folder.names(), ['one', 'twx']);
    assert.equal(folder.warnings.length, 1);
  });

  it('notices any other byte in it', () => {
    const account = { shares: [share('x'), share('y')], downloads: [], folders: [] };
    const text = folder.writeVersion1({ 'u@t': account, 'v@t': account });
    assert.equal(parseLibraryJson('library.json', text).kind, 'version 1');
    // The line break at the end holds nothing: a space in its place changes nothing.
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        fc.pre(text[at] !== letter);
        try {
          parseLibraryJson('library.json', text.slice(0, at) + letter + text.slice(at + 1));
        } catch (error) {
          assert.ok(hasCode('DATA_DIR_INVALID')(error) || hasCode('DATA_DIR_NEWER')(error));
          return;
        }
        // Its key renamed, the digest is none any more: then it reads as one of the first.
        assert.ok(at < text.indexOf('"accounts"'));
      }),
    );
  });
});

/** Names in the order in which the take-over gives them. */
const RENAMES = ['library.journal', 'library.journal.previous', 'library.json.previous', 'library.json'];
