import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab } from '../support.js';

describe('a part of a folder', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  const source = () => join(lab.folder, 'tree');

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    for (const place of ['readme.md', 'src/a.ts', 'src/deep/b.ts', 'src/deep/b.md', 'data/large.bin']) {
      mkdirSync(dirname(join(source(), place)), { recursive: true });
      writeFileSync(join(source(), place), place.padEnd(place.startsWith('data') ? 700_000 : 0));
    }
    await alice.shareFolder(source(), 'lab');
  });
  afterEach(() => lab.close());

  const inbox = () => lab.subfolder('inbox');
  const placesThere = () =>
    readdirSync(join(inbox(), 'tree'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(join(inbox(), 'tree').length + 1))
      .sort();

  it('is what the patterns take', async () => {
    const { files } = await bob.downloadFolder('lab', 'tree', inbox(), { include: ['src/'], exclude: ['*.md'] }).done;
    assert.deepEqual([files, placesThere()], [2, ['src/a.ts', 'src/deep/b.ts']]);
    const { changes } = await bob.downloadFolder('lab', 'tree', inbox(), { include: ['*.md'] }).done;
    assert.deepEqual([changes.added, changes.unchanged], [2, 0]);
    const all = await bob.downloadFolder('lab', 'tree', inbox()).done;
    assert.deepEqual([all.changes.added, all.changes.unchanged], [1, 4]);
  });

  it('must not be empty, and its patterns must be usable', async () => {
    const none = bob.downloadFolder('lab', 'tree', inbox(), { include: ['*.jpg'] });
    await assert.rejects(none.done, hasCode('FILE_NOT_FOUND'));
    for (const include of [[''], ['# words'], ['a\nb'], ['x'.repeat(1025)], new Array<string>(1001).fill('x')])
      assert.throws(() => bob.downloadFolder('lab', 'tree', inbox(), { include }), hasCode('INVALID_ARGUMENT'));
  });

  it('stays the same until it is complete, also after a restart', async () => {
    bob.setLimits({ downloadBytesPerSecond: 50_000 });
    const include = ['data/', '*.md'];
    const download = bob.downloadFolder('lab', 'tree', inbox(), { include });
    await download.started;
    assert.throws(() => bob.downloadFolder('lab', 'tree', inbox()), hasCode('INVALID_ARGUMENT'));
    assert.equal(bob.downloadFolder('lab', 'tree', inbox(), { include }), download);
    await bob.close();
    const { client } = await lab.signedInAgain('bob');
    await client.folderDownloads()[0]?.done;
    assert.deepEqual(placesThere(), ['data/large.bin', 'readme.md', 'src/deep/b.md']);
  });

  it('has the times and the executable bits of the published files, and is recognised by them', async function () {
    if (process.platform === 'win32') this.skip(); // which has no executable bits
    for (const place of ['src/a.ts', 'data/large.bin']) {
      chmodSync(join(source(), place), 0o755);
      utimesSync(join(source(), place), 1000, 1_234_567);
      writeFileSync(join(source(), 'src/deep/b.ts'), 'new');
    }
    await alice.stopShares('lab', ['tree/src/a.ts', 'tree/data/large.bin']);
    await alice.shareFolder(source(), 'lab');
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    for (const place of ['src/a.ts', 'data/large.bin']) {
      const { mode, mtimeMs } = statSync(join(inbox(), 'tree', place));
      assert.deepEqual([mode & 0o100, Math.floor(mtimeMs)], [0o100, 1_234_567_000], place);
    }
    await until(() => bob.shares().every(({ state }) => state.name === 'available'));
    assert.equal((await bob.downloadFolder('lab', 'tree', inbox()).done).changes.unchanged, 5);
  });

  it('loses what the group removed while this device was away, if the user wants that', async () => {
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    await until(async () => (await alice.listFiles('lab')).every(({ completeSources }) => completeSources === 2));
    await bob.close();
    for (const name of ['tree/src/deep/b.ts', 'tree/src/deep/b.md', 'tree/readme.md'])
      await alice.removeFile('lab', name);
    const { client } = await lab.signedInAgain('bob');
    const reported = client.downloadFolder('lab', 'tree', inbox(), { exclude: ['readme.md'] });
    await reported.done;
    assert.deepEqual(reported.kept.map(({ fileName, why }) => `${why} ${fileName}`).sort(), [
      'removed tree/src/deep/b.md',
      'removed tree/src/deep/b.ts',
    ]);
    writeFileSync(join(inbox(), 'tree/src/deep/mine'), 'of the user');
    const { changes } = await client.downloadFolder('lab', 'tree', inbox(), { delete: true }).done;
    assert.deepEqual([changes.deleted, changes.unchanged, changes.removed], [3, 2, 0]);
    assert.deepEqual(placesThere(), ['data/large.bin', 'src/a.ts', 'src/deep/mine']);
    assert.ok(existsSync(join(source(), 'readme.md')));
  });

  it('is reported when the group removed all of it', async () => {
    await bob.downloadFolder('lab', 'tree', inbox(), { include: ['*.md'] }).done;
    const names = (await alice.listFiles('lab')).map(({ fileName }) => fileName);
    for (const name of names) await alice.removeFile('lab', name);
    const { changes } = await bob.downloadFolder('lab', 'tree', inbox(), { delete: true }).done;
    assert.equal(changes.deleted, 2);
    await assert.rejects(bob.downloadFolder('lab', 'tree', inbox()).done, hasCode('FILE_NOT_FOUND'));
  });
});
