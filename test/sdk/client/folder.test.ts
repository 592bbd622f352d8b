import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FolderDownload, FolderState, ShoalClient } from '../../../sdk/index.js';
import { availableDrivers } from '../../../tracker/store/sqlite/drivers.js';
import { until } from '../../support/until.js';
import { hasCode, Lab, nextEvent } from './support.js';

const SMALL = 60;

describe('a folder download', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  const tree = new Map<string, string>([
    ...Array.from({ length: SMALL }, (_, index): [string, string] => [`d${index % 5}/f${index}`, `content ${index}`]),
    ['empty', ''],
    ['large', 'x'.repeat(700_000)],
  ]);

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    alice = await lab.signedIn('alice');
    bob = await lab.signedIn('bob');
    await lab.group('lab', alice, bob);
    for (const [place, text] of tree) {
      mkdirSync(dirname(join(lab.folder, 'tree', place)), { recursive: true });
      writeFileSync(join(lab.folder, 'tree', place), text);
    }
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab');
  });
  afterEach(() => lab.close());

  const inbox = () => lab.subfolder('inbox');
  const assertThere = (root = join(inbox(), 'tree')) => {
    const there = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
    assert.equal(there.length, tree.size);
    for (const [place, text] of tree) assert.equal(readFileSync(join(root, place), 'utf8'), text, place);
  };
  const enters = (download: FolderDownload, name: FolderState['name']) =>
    nextEvent(bob, 'folderChanged', (one) => one === download && one.state.name === name);

  /** Fulfilled when the tracker knows of two whole copies of every file. */
  const untilSharedOn = () =>
    until(async () => (await alice.listFiles('lab')).every(({ completeSources }) => completeSources === 2));

  it('needs nobody for what this device shares or keeps', async () => {
    writeFileSync(join(lab.folder, 'tree', 'd0/f0'), 'edited since'); // its content is kept
    await until(() => alice.shares().some(({ state }) => state.name === 'edited'));
    const { changes } = await alice.downloadFolder('lab', 'tree', inbox()).done;
    assert.equal(changes.added, tree.size);
    assertThere();
    assert.deepEqual(alice.uploads(), []);
  });

  it('brings all of it, tells how far it is, and shares it on', async () => {
    const download = bob.downloadFolder('LAB', 'Tree', inbox());
    assert.deepEqual([download.state.name, bob.folderDownloads()], ['starting', [download]]);
    await download.started;
    assert.deepEqual([download.progress.fileCount, download.path], [tree.size, join(inbox(), 'tree')]);
    const result = await download.done;
    const bytes = [...tree.values()].reduce((sum, text) => sum + text.length, 0);
    const changes = { added: tree.size, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 };
    assert.deepEqual(result, { path: join(inbox(), 'tree'), files: tree.size, bytes, changes });
    assertThere();
    const { doneFiles, doneBytes, failedFiles } = download.progress;
    assert.deepEqual({ doneFiles, doneBytes, failedFiles }, { doneFiles: tree.size, doneBytes: bytes, failedFiles: 0 });
    assert.equal(bob.shares().length, tree.size);
    await untilSharedOn();
    bob.clearDownloads();
    assert.deepEqual(bob.folderDownloads(), []);
  });

  it('fetches again what was deleted, however often, and says of nothing that it is there which is not', async () => {
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    const [first = ''] = tree.keys();
    rmSync(join(inbox(), 'tree', first));
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    assertThere();
    rmSync(join(inbox(), 'tree'), { recursive: true });
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    assertThere();
  });

  it('is taken up by the same call, once', () => {
    const first = bob.downloadFolder('lab', 'tree', inbox());
    assert.equal(bob.downloadFolder('lab', 'tree/', inbox()), first);
    return first.done;
  });

  it('pauses, and goes on where it was after a restart', async () => {
    bob.setLimits({ downloadBytesPerSecond: 100_000 });
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await download.started;
    await download.pause();
    assert.equal(download.state.name, 'paused');
    await bob.close();
    const { client } = await lab.signedInAgain('bob');
    const [again] = client.folderDownloads();
    assert.deepEqual([again?.state.name, again?.id, again?.path], ['paused', download.id, join(inbox(), 'tree')]);
    again?.resume();
    await again?.done;
    assertThere();
  });

  it('goes on by itself after a restart', async () => {
    bob.setLimits({ downloadBytesPerSecond: 100_000 });
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await download.started;
    await bob.close();
    const { client } = await lab.signedInAgain('bob');
    await client.folderDownloads()[0]?.done;
    assertThere();
    assert.deepEqual(readdirSync(join(lab.folder, 'bob', 'folders')), []);
  });

  it('that is cancelled keeps what is done and nothing else', async () => {
    bob.setLimits({ downloadBytesPerSecond: 100_000 });
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await download.started;
    await download.cancel();
    await assert.rejects(download.done, hasCode('ABORTED'));
    const there = readdirSync(inbox(), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      there.filter((name) => name.includes('.part')),
      [],
    );
    assert.deepEqual([bob.folderDownloads(), readdirSync(join(lab.folder, 'bob', 'folders'))], [[], []]);
  });

  it('that is stopped by its signal is given up, and taken up by another call', async () => {
    bob.setLimits({ downloadBytesPerSecond: 100_000 });
    const stop = new AbortController();
    const download = bob.downloadFolder('lab', 'tree', inbox(), { signal: stop.signal });
    await download.started;
    stop.abort();
    await assert.rejects(download.done, hasCode('ABORTED'));
    bob.setLimits({ downloadBytesPerSecond: 0 });
    await bob.downloadFolder('lab', 'tree', inbox()).done;
    assertThere();
  });

  it('waits for a source, and goes on when one comes', async () => {
    await alice.close();
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await enters(download, 'waiting');
    await lab.signedInAgain('alice');
    await download.done;
    assertThere();
  });

  it('says what stands in the way of all of it', async () => {
    const fails = (folder: string, destination: string) => bob.downloadFolder('lab', folder, destination).done;
    await assert.rejects(fails('no such', inbox()), hasCode('FILE_NOT_FOUND'));
    await assert.rejects(fails('tree', join(lab.folder, 'missing/')), hasCode('DESTINATION_NOT_FOUND'));
    symlinkSync(lab.folder, join(inbox(), 'tree'));
    await assert.rejects(fails('tree', inbox()), hasCode('DESTINATION_EXISTS'));
    assert.throws(() => bob.downloadFolder('lab', '../tree', inbox()), hasCode('INVALID_NAME'));
  });

  it('ends with what could not be had, once all else is there, and with all of it when that is put right', async () => {
    mkdirSync(join(inbox(), 'tree', 'd1'), { recursive: true });
    writeFileSync(join(inbox(), 'tree', 'd1', 'f1'), 'mine');
    writeFileSync(join(inbox(), 'tree', 'large'), 'mine, too');
    const download = bob.downloadFolder('lab', 'tree', inbox());
    const failed: string[] = [];
    download.on('fileFailed', ({ fileName, code }) => failed.push(`${fileName} ${code}`));
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.deepEqual(failed.sort(), ['tree/d1/f1 DESTINATION_EXISTS', 'tree/large DESTINATION_EXISTS']);
    assert.equal(download.progress.doneFiles, tree.size - 2);
    rmSync(join(inbox(), 'tree', 'd1', 'f1'));
    writeFileSync(join(inbox(), 'tree', 'large'), tree.get('large') ?? '');
    download.resume();
    await download.done;
    assertThere();
  });

  it('replaces what is another when it is told to, but no folder, also when it was told later', async () => {
    const place = (name: string) => join(inbox(), 'tree', name);
    mkdirSync(place('d2/f2'), { recursive: true });
    mkdirSync(place('d1'));
    for (const [name, text] of [
      ['d1/f1', 'mine'],
      ['d1/f6', 'kontent 6'],
      ['large', 'mine, too'],
    ] as const)
      writeFileSync(place(name), text);
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.equal(download.progress.failedFiles, 4);
    assert.equal(bob.downloadFolder('lab', 'tree', inbox(), { overwrite: true }), download);
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.deepEqual(
      download.failures.map(({ fileName, code }) => [fileName, code]),
      [['tree/d2/f2', 'DESTINATION_EXISTS']],
    );
    rmSync(place('d2/f2'), { recursive: true });
    download.resume();
    await download.done;
    assertThere();
    writeFileSync(place('large'), 'mine again');
    await assert.rejects(bob.downloadFile('lab', 'tree/large', `${inbox()}/tree/`).done, hasCode('DESTINATION_EXISTS'));
    await bob.downloadFile('lab', 'tree/large', `${inbox()}/tree/`, { overwrite: true }).done;
    assertThere();
  });

  it('lets no name that a lying tracker lists leave its folder', async () => {
    const { port } = lab.tracker;
    await lab.tracker.close();
    const [driver] = await availableDrivers();
    const database = driver?.open(join(lab.folder, 'tracker', 'tracker.db'));
    const lies = ['tree/../../evil', 'tree/./dot', 'tree/a\\b', 'tree/large/x', 'tree/d2/F2'];
    for (const [index, lie] of lies.entries())
      database
        ?.prepare('UPDATE files SET file_name = ? WHERE file_name = ?')
        .run([lie, `tree/d${index % 5}/f${index + 10}`]);
    database?.close();
    const back = nextEvent(bob, 'connected');
    await lab.startTracker(port);
    await back;
    const download = bob.downloadFolder('lab', 'tree', inbox());
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.ok(!existsSync(join(lab.folder, 'evil')) && !existsSync(join(inbox(), 'evil')));
    const codes = new Map(download.failures.map(({ fileName, code }) => [fileName, code]));
    for (const [place, text] of tree)
      if (!/f1[0-4]$|f2$|large$/.test(place))
        assert.equal(readFileSync(join(inbox(), 'tree', place), 'utf8'), text, place);
    for (const lie of lies.slice(0, 3)) assert.equal(codes.get(lie), 'INVALID_NAME', lie);
    for (const [one, other] of [
      ['tree/large', 'tree/large/x'],
      ['tree/d2/F2', 'tree/d2/f2'],
    ] as const)
      assert.equal([codes.get(one), codes.get(other)].filter((code) => code === 'NAME_TAKEN').length, 1, one);
  });
});
