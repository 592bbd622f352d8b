import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LibraryShare } from '../../../../../sdk/client/library/records/library-schema.js';
import { ShareWatch } from '../../../../../sdk/client/shares/watch/share-watch.js';
import { until } from '../../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../../support.js';

const FAST = { lookEveryMs: 5 };

describe('A watch over shared files', () => {
  let folder: string;
  let watch: ShareWatch<LibraryShare>;
  let shares: LibraryShare[];
  let noticed: Set<string>;
  let differing: Set<string>;
  let looks: number;

  function begin(times: { lookEveryMs: number; maxFolders?: number }): void {
    watch = new ShareWatch(
      {
        shares: () => {
          looks++;
          return shares;
        },
        isAway: (path) => path.includes('away'),
        differs: async ({ fileName }) => differing.has(fileName),
        onChanged: (changed) => {
          for (const { fileName } of changed) noticed.add(fileName);
        },
      },
      times,
    );
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-watch-'));
    [shares, noticed, differing, looks] = [[], new Set(), new Set(), 0];
  });
  afterEach(() => {
    watch.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function share(fileName: string): string {
    const path = join(folder, fileName);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, fileName);
    const manifest = { manifestId: 'a1'.repeat(32), sizeBytes: fileName.length, modifiedNs: '0', registered: true };
    shares = [...shares, { groupId: 'lab', fileName, path, ...manifest }];
    return path;
  }

  /** The watches of all folders have begun. */
  async function looked(times = 8): Promise<void> {
    const before = looks;
    await until(() => looks >= before + times);
  }

  it('notices what is written, renamed and deleted, alone or with its folder, and nothing else', async () => {
    for (const name of ['a', 'b', 'tree/c', 'tree/deep/d', 'e', 'f']) share(name);
    begin(FAST);
    await looked();
    writeFileSync(join(folder, 'a'), 'other');
    rmSync(join(folder, 'b'));
    rmSync(join(folder, 'tree'), { recursive: true });
    writeFileSync(join(folder, 'e.tmp'), 'saved');
    renameSync(join(folder, 'e.tmp'), join(folder, 'e'));
    writeFileSync(join(folder, 'not shared'), '');
    await until(() => noticed.size === 5);
    assert.deepEqual([...noticed].sort(), ['a', 'b', 'e', 'tree/c', 'tree/deep/d']);
  });

  it('notices that a folder above is moved, and what happens once it is back', async () => {
    share('disk/deep/a');
    begin(FAST);
    await looked();
    renameSync(join(folder, 'disk'), join(folder, 'unplugged'));
    await until(() => noticed.delete('disk/deep/a'));
    renameSync(join(folder, 'unplugged'), join(folder, 'disk'));
    await looked();
    noticed.clear();
    writeFileSync(join(folder, 'disk/deep/a'), 'other');
    await until(() => noticed.has('disk/deep/a'));
  });

  it('tells of a file once nothing happened to it for a while', async () => {
    const path = share('draft');
    begin(FAST);
    await looked();
    for (let step = 0; step < 5; step++) {
      rmSync(path);
      writeFileSync(path, `step ${step}`);
    }
    assert.deepEqual([...noticed], []);
    await until(() => noticed.has('draft'));
  });

  it('looks at each of very many, with and without a watch, and on disks that may not answer', async () => {
    for (let index = 0; index < 450; index++) share(`${index % 3}/f${index}`);
    share('away/a');
    begin({ ...FAST, maxFolders: 1 });
    await looked();
    for (const { fileName } of shares) differing.add(fileName);
    await until(() => noticed.size === 451);
  });
});

describe('A share whose file is deleted', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  it('is missing: nobody is sent there, and the file can be fetched again to the same place', async () => {
    await lab.startTracker();
    const [alice, bob] = [await lab.signedIn('alice'), await lab.signedIn('bob')];
    await lab.group('lab', alice, bob);
    await alice.shareFile(lab.file('note', 700_000), 'lab');
    const inbox = lab.subfolder('inbox');
    const { path } = await bob.downloadFile('lab', 'note', `${inbox}/`).done;
    const sources = async () => (await alice.listFiles('lab'))[0]?.completeSources;
    await until(async () => (await sources()) === 2);
    const lost = nextEvent(bob, 'shareLost');
    rmSync(path);
    assert.equal((await lost).reason, 'gone');
    assert.deepEqual(
      bob.shares().map(({ state }) => state.name),
      ['missing'],
      'the wish stays',
    );
    await until(async () => (await sources()) === 1);
    assert.equal((await bob.downloadFile('lab', 'note', `${inbox}/`).done).path, path);
    const again = bob.downloadFile('lab', 'note', `${inbox}/`);
    await assert.rejects(again.done, hasCode('DESTINATION_EXISTS'));
    assert.equal(again.path, path, 'it names what stands in the way');
  });
});
