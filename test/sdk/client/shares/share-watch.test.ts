import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LibraryShare } from '../../../../sdk/client/local/library-schema.js';
import { ShareWatch } from '../../../../sdk/client/shares/share-watch.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

const FAST = { lookEveryMs: 5, confirmMs: 40 };

describe('A watch over shared files', () => {
  let folder: string;
  let watch: ShareWatch;
  let shares: LibraryShare[];
  let deleted: string[];
  let looks: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-watch-'));
    [shares, deleted, looks] = [[], [], 0];
    const context = {
      shares: () => {
        looks++;
        return shares;
      },
      isToBeLookedAt: ({ fileName }: LibraryShare) => !fileName.startsWith('away'),
      onDeleted: (gone: readonly LibraryShare[]) => {
        deleted.push(...gone.map(({ fileName }) => fileName));
        shares = shares.filter((share) => !gone.includes(share));
      },
    };
    watch = new ShareWatch(context, FAST);
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
    shares.push({ groupId: 'lab', fileName, path, ...manifest });
    return path;
  }

  /** Every share was looked at since. */
  async function looked(times = 2): Promise<void> {
    const before = looks;
    await until(() => looks >= before + times);
  }

  it('finds files that were deleted, alone or with their folders, and no others', async () => {
    for (const name of ['a', 'b', 'tree/c', 'tree/deep/d', 'e']) share(name);
    await looked();
    rmSync(join(folder, 'b'));
    rmSync(join(folder, 'tree'), { recursive: true });
    renameSync(join(folder, 'e'), join(folder, 'e in the bin'));
    await until(() => deleted.length === 4);
    await looked();
    assert.deepEqual(deleted.sort(), ['b', 'e', 'tree/c', 'tree/deep/d']);
  });

  it('gives a program time to write a file anew', async () => {
    const path = share('draft');
    await looked();
    rmSync(path);
    await sleep(FAST.confirmMs / 2);
    writeFileSync(path, 'another draft');
    await looked(20);
    assert.deepEqual(deleted, []);
  });

  it('concludes nothing where no folder tells that the disk is there, nor of what is not to be looked at', async () => {
    const away = share('away');
    await looked();
    rmSync(away);
    const unseen = { ...(shares[0] as LibraryShare), fileName: 'unseen', path: join(folder, 'was/never/seen') };
    shares.push(unseen);
    await looked(20);
    assert.deepEqual(deleted, []);
  });

  it('comes to every one of very many', async () => {
    for (let index = 0; index < 500; index++) share(`f${index}`);
    await looked(4);
    for (const { path } of shares) rmSync(path);
    await until(() => deleted.length === 500);
  });
});

describe('A share whose file is deleted', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  it('ends by itself: nobody is sent there, and the file can be fetched again to the same place', async () => {
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
    assert.deepEqual([(await lost).reason, bob.shares()], ['gone', []]);
    await until(async () => (await sources()) === 1);
    assert.equal((await bob.downloadFile('lab', 'note', `${inbox}/`).done).path, path);
    const again = bob.downloadFile('lab', 'note', `${inbox}/`);
    await assert.rejects(again.done, hasCode('DESTINATION_EXISTS'));
    assert.equal(again.path, path, 'it names what stands in the way');
  });
});
