import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FolderShareOptions, ShoalClient } from '../../../../sdk/index.js';
import { FailingDisk } from '../../../support/failing-disk.js';
import { hasCode, Lab } from '../support.js';

describe('sharing a folder again', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
  });
  afterEach(() => lab.close());

  const tree = () => join(lab.folder, 'tree');
  const at = (place: string) => join(tree(), place);
  function make(files: Record<string, string>, root = tree()): void {
    for (const [place, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, place)), { recursive: true });
      writeFileSync(join(root, place), text);
    }
  }
  const names = async () => (await bob.listFiles('lab')).map(({ fileName }) => fileName);
  async function share(options?: FolderShareOptions, client = alice, root = tree()): Promise<string> {
    const { added, changed, removed, unchanged, skipped } = await client.shareFolder(root, 'lab', options);
    const left = skipped.map(({ path }) => ` -${path.slice(root.length + 1)}`);
    return `${added} new, ${changed} changed, ${removed} removed, ${unchanged} same${left.join('')}`;
  }

  it('publishes what is new and changed, and withdraws what is gone', async () => {
    make({ a: 'a', b: 'b', 'sub/c': 'c', 'sub/d': 'd' });
    assert.equal(await share(), '4 new, 0 changed, 0 removed, 0 same');
    make({ b: 'b, changed', e: 'e' });
    rmSync(at('a'));
    renameSync(at('sub'), at('moved'));
    assert.equal(await share(), '3 new, 1 changed, 3 removed, 0 same');
    assert.deepEqual(await names(), ['tree/b', 'tree/e', 'tree/moved/c', 'tree/moved/d']);
    assert.equal(alice.shares().length, 4);
    make({ a: 'a' });
    assert.equal(await share(), '1 new, 0 changed, 0 removed, 4 same', 'a name begins again');
  });

  it('withdraws what is left out from now on', async () => {
    make({ a: 'a', b: 'b', 'sub/c': 'c', 'sub/d': 'd', e: 'e' });
    await share();
    make({ '.gitignore': '/a\n', 'sub/.shoalignore': 'c\n' });
    assert.equal(await share({ omit: ['b'], exclude: ['e'] }), '2 new, 0 changed, 4 removed, 1 same');
    assert.deepEqual(await names(), ['tree/.gitignore', 'tree/sub/.shoalignore', 'tree/sub/d']);
    rmSync(at('.gitignore'));
    assert.equal(await share(), '3 new, 0 changed, 1 removed, 2 same');
  });

  it('withdraws nothing when the folder, a folder in it or its rules cannot be read', async () => {
    make({ a: 'a', 'sub/b': 'b', 'sub/deep/c': 'c' });
    await share();
    const all = await names();
    renameSync(tree(), `${tree()}.away`);
    await assert.rejects(share(), hasCode('PATH_NOT_FOUND'));
    writeFileSync(tree(), 'no folder');
    await assert.rejects(share(), hasCode('NOT_A_FOLDER'));
    rmSync(tree());
    symlinkSync(lab.subfolder('elsewhere'), tree());
    await assert.rejects(share(), hasCode('NOT_A_FOLDER'));
    rmSync(tree());
    renameSync(`${tree()}.away`, tree());
    const disk = new FailingDisk();
    try {
      for (const folder of ['tree/sub', 'tree/sub/deep']) {
        disk.fail({ call: 'promises.readdir', path: folder, nth: 1, how: 'EIO' });
        assert.match(await share(), / 0 removed, .* -sub/);
        assert.deepEqual(await names(), all);
      }
      disk.fail({ call: 'promises.readdir', path: 'tree', nth: 1, times: 9, how: 'EIO' });
      await assert.rejects(share(), hasCode('DISK_ERROR'));
    } finally {
      disk.restore();
    }
    mkdirSync(at('.gitignore'));
    make({ '.gitignore/x': 'no rules' });
    assert.match(await share(), /0 removed, 3 same/);
    assert.deepEqual((await names()).slice(1), all);
  });

  it('leaves the files of others to them, and ends only its own share of them', async () => {
    make({ a: 'a', b: 'b' });
    await share();
    const inbox = lab.subfolder('inbox');
    await bob.downloadFolder('lab', 'tree', inbox).done;
    const copy = join(inbox, 'tree');
    make({ c: 'from bob' }, copy);
    assert.equal(await share({}, bob, copy), '1 new, 0 changed, 0 removed, 2 same');
    rmSync(join(copy, 'a'));
    rmSync(join(copy, 'c'));
    assert.equal(await share({}, bob, copy), '0 new, 0 changed, 2 removed, 1 same');
    assert.deepEqual(await names(), ['tree/a', 'tree/b'], "alice's file stays");
    assert.deepEqual(
      bob.shares().map(({ fileName }) => fileName),
      ['tree/b'],
    );
  });

  it('takes no version away that this device has not seen, and covers none', async () => {
    await alice.changeGroup('lab', { publishers: 'members' });
    make({ a: 'a', b: 'b' });
    await share();
    const inbox = lab.subfolder('inbox');
    await bob.downloadFolder('lab', 'tree', inbox).done;
    make({ a: 'a of bob', b: 'b of bob' }, join(inbox, 'tree'));
    assert.equal(await share({}, bob, join(inbox, 'tree')), '0 new, 2 changed, 0 removed, 0 same');
    rmSync(at('a'));
    make({ b: 'b of alice' });
    const { removed, changed, skipped } = await alice.shareFolder(tree(), 'lab');
    assert.deepEqual([removed, changed], [1, 0]);
    assert.match(skipped[0]?.why ?? '', /tree\/a stays in the group.*bob has published version 2/);
    assert.match(skipped[1]?.why ?? '', /bob published version 2 of tree\/b/);
    assert.deepEqual(
      (await bob.listFiles('lab')).map(({ version, publishedBy, completeSources }) => [
        version,
        publishedBy,
        completeSources,
      ]),
      [
        [2, 'bob', 1],
        [2, 'bob', 1],
      ],
    );
  });

  it('touches no file that was shared by itself, from elsewhere or by another name', async () => {
    make({ a: 'a', b: 'b' });
    await share();
    await alice.shareFile(lab.file('elsewhere', 3), 'lab', { fileName: 'tree/single' });
    await alice.shareFile(at('a'), 'lab', { fileName: 'other' });
    rmSync(at('a'));
    assert.equal(await share(), '0 new, 0 changed, 1 removed, 1 same');
    assert.deepEqual(await names(), ['other', 'tree/b', 'tree/single']);
  });

  it('leaves a shared folder in it to itself', async () => {
    make({ a: 'a', 'sub/b': 'b', 'sub/c': 'c' });
    await alice.shareFolder(at('sub'), 'lab', { as: 'tree/sub', exclude: ['c'] });
    assert.equal(await share(), '1 new, 0 changed, 0 removed, 0 same -sub');
    rmSync(at('sub/b'));
    assert.equal(await share(), '0 new, 0 changed, 0 removed, 1 same -sub');
    assert.deepEqual(await names(), ['tree/a', 'tree/sub/b']);
  });

  it('begins names again that somebody removed from the group meanwhile', async () => {
    make({ a: 'a' });
    await bob.createGroup('his');
    await alice.joinGroup('his');
    await bob.acceptRequest('his', 'alice');
    await alice.shareFolder(tree(), 'his');
    await alice.close();
    await bob.removeFile('his', 'tree/a');
    make({ a: 'a, changed' });
    alice = (await lab.signedInAgain('alice')).client;
    const { skipped } = await alice.shareFolder(tree(), 'his');
    assert.deepEqual(skipped, []);
    assert.equal((await bob.listFiles('his'))[0]?.version, 1);
  });
});
