import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_IDLE } from '../../../../sdk/client/transfers/idle-transfers.js';
import type { Download, FolderDownload, ShoalClient } from '../../../../sdk/index.js';
import { Lab, nextEvent, sha1Of } from '../support.js';

const MIB = 1 << 20;

describe('downloads without a source', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let carol: ShoalClient;
  let out: string;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    [alice, bob, carol] = await Promise.all([
      lab.signedIn('alice'),
      lab.signedIn('bob', { limits: { downloadsAtOnce: 2 } }),
      lab.signedIn('carol'),
    ]);
    await lab.group('lab', alice, bob, carol);
    out = lab.subfolder('out');
  });
  afterEach(() => lab.close());

  const fetch = (name: string): Download => bob.downloadFile('lab', name, join(out, name));
  const until = async (download: Download, name: Download['state']['name']) => {
    if (download.state.name !== name)
      await nextEvent(bob, 'downloadChanged', (one) => one === download && one.state.name === name);
  };

  it('hold up no other, and keep to how many may run when their source comes', async () => {
    for (const name of ['c1', 'c2', 'c3']) await carol.shareFile(lab.file(name, MIB), 'lab');
    for (const name of ['a1', 'a2']) await alice.shareFile(lab.file(name, MIB), 'lab');
    await carol.close();
    const gone = ['c1', 'c2', 'c3'].map(fetch);
    await Promise.all(gone.map(({ started }) => started));
    await fetch('a1').done;
    await Promise.all(gone.map((download) => until(download, 'waiting')));

    bob.setLimits({ downloadBytesPerSecond: 3000 }); // for as long as others are under way
    bob.setLimits({ downloadsAtOnce: 1 });
    const slow = fetch('a2');
    await slow.started;
    const queued = Promise.all(gone.map((download) => until(download, 'queued')));
    await lab.signedInAgain('carol');
    await queued;
    assert.equal(slow.state.name, 'downloading');
    bob.setLimits({ downloadBytesPerSecond: 0 });
    await Promise.all([...gone, slow].map(({ done }) => done));
    for (const name of ['a1', 'a2', 'c1', 'c2', 'c3'])
      assert.equal(sha1Of(join(out, name)), sha1Of(join(lab.folder, name)));
  });

  it('rest when there are many, and go on when their source comes', async () => {
    const names = Array.from({ length: MAX_IDLE + 4 }, (_, index) => `c${index}`);
    const folder = lab.subfolder('many');
    for (const name of names) lab.file(join('many', name), 10);
    await carol.shareFolder(folder, 'lab');
    await alice.shareFile(lab.file('a', MIB), 'lab');
    await carol.close();
    bob.setLimits({ downloadsAtOnce: 20 });
    const gone = names.map((name) => bob.downloadFile('lab', `many/${name}`, `${out}/`));
    await fetch('a').done;
    await Promise.all(gone.map((download) => until(download, 'waiting')));
    const [first, second] = gone;
    await first?.pause(); // as the others do that rest
    first?.resume();
    await second?.cancel();
    await lab.signedInAgain('carol');
    await Promise.all(gone.filter((download) => download !== second).map(({ done }) => done));
  });

  it('are no matter if they are folders: these wait in the queue when their source comes', async () => {
    const folder = lab.subfolder('tree');
    for (const name of ['c1', 'c2']) lab.file(join('tree', name), MIB);
    await carol.shareFolder(folder, 'lab');
    for (const name of ['a1', 'a2']) await alice.shareFile(lab.file(name, MIB), 'lab');
    await carol.close();
    bob.setLimits({ downloadsAtOnce: 1 });
    const tree: FolderDownload = bob.downloadFolder('lab', 'tree', `${out}/`);
    const enters = (name: FolderDownload['state']['name']) =>
      nextEvent(bob, 'folderChanged', (one) => one === tree && one.state.name === name);
    await enters('waiting');
    await fetch('a1').done;
    bob.setLimits({ downloadBytesPerSecond: 3000 });
    const slow = fetch('a2');
    await slow.started;
    const queued = enters('queued');
    await lab.signedInAgain('carol');
    await queued;
    assert.equal(slow.state.name, 'downloading');
    bob.setLimits({ downloadBytesPerSecond: 0 });
    await Promise.all([slow.done, tree.done]);
    for (const name of ['c1', 'c2']) assert.equal(sha1Of(join(out, 'tree', name)), sha1Of(join(folder, name)));
  });

  it('hold up no other file of their folder, which waits when nothing else is left', async () => {
    const folder = lab.subfolder('tree');
    for (let index = 0; index < 6; index++) lab.file(join('tree', `c${index}`), MIB);
    await carol.shareFolder(folder, 'lab');
    mkdirSync(join(lab.folder, 'other'));
    for (const name of ['z1', 'z2', 'small']) {
      const path = lab.file(join('other', name), name === 'small' ? 100 : MIB);
      await alice.shareFile(path, 'lab', { fileName: `tree/${name}` });
    }
    await carol.close();
    const download: FolderDownload = bob.downloadFolder('lab', 'tree', `${out}/`);
    await new Promise<void>((resolve) => {
      download.on('progress', ({ doneFiles }) => {
        if (doneFiles === 3 && download.state.name === 'waiting') resolve();
      });
    });
    await lab.signedInAgain('carol');
    await download.done;
    assert.equal(sha1Of(join(out, 'tree', 'c5')), sha1Of(join(folder, 'c5')));
  });
});
