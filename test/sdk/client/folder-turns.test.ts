import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../sdk/client/library/library.js';
import type { LibraryAccount } from '../../../sdk/client/library/library-account.js';
import type { Download, FolderDownload, ShoalClient } from '../../../sdk/index.js';
import { until } from '../../support/until.js';
import { hasCode, Lab, nextEvent, sha1Of } from './support.js';

const MIB = 1 << 20;
const LARGE = ['a', 'c', 'e'] as const;
const SMALL = ['b', 'd', 'f'] as const;

describe('folder downloads that take turns', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let out: string;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob({ limits: { downloadsAtOnce: 1 } });
    mkdirSync(join(lab.folder, 'tree'));
    for (const name of LARGE) lab.file(join('tree', name), MIB);
    for (const name of SMALL) writeFileSync(join(lab.folder, 'tree', name), `content of ${name}`);
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab');
    await alice.shareFile(lab.file('alone', 2 * MIB), 'lab');
    out = lab.subfolder('out');
  });
  afterEach(() => lab.close());

  /** Nothing gets done until this is lifted: a file takes a quarter of an hour. */
  const hold = () => bob.setLimits({ downloadBytesPerSecond: 2000 });
  const lift = (client = bob) => client.setLimits({ downloadBytesPerSecond: undefined });
  const fetchFile = (): Download => bob.downloadFile('lab', 'alone', join(out, 'alone'));
  const fetchTree = (name = 'tree', options = {}): FolderDownload =>
    bob.downloadFolder('lab', 'tree', join(out, name), options);
  const listed = (download: FolderDownload) => until(() => download.progress.fileCount > 0);

  function assertThere(name = 'tree'): void {
    for (const file of [...LARGE, ...SMALL])
      assert.equal(sha1Of(join(out, name, file)), sha1Of(join(lab.folder, 'tree', file)), file);
    assert.equal(readdirSync(join(out, name)).length, LARGE.length + SMALL.length, 'nothing is left beside them');
  }

  /** Ends a client, and reads what is in the library then. */
  async function closed(client: ShoalClient): Promise<LibraryAccount> {
    await client.close();
    return (await Library.open(join(lab.folder, 'bob'))).account(lab.tracker.fingerprint, 'bob');
  }

  it('wait among files, by priority and in the order that is given to them, and are known before their turn', async () => {
    hold();
    const file = fetchFile();
    const [first, second] = [fetchTree('first'), fetchTree('second', { priority: 'low' })];
    assert.deepEqual([file.state.name, first.state.name, second.state.name], ['starting', 'queued', 'queued']);
    await Promise.all([listed(first), listed(second)]);
    assert.equal(first.progress.sizeBytes, 3 * MIB + 3 * 'content of b'.length);
    const places = () => [first, second].map(({ queuePosition }) => queuePosition);
    assert.deepEqual(places(), [0, 1]);
    await second.setPriority('high');
    assert.deepEqual(places(), [1, 0]);
    await second.setPriority('normal');
    await second.moveTo(0);
    assert.deepEqual(places(), [1, 0]);
    await assert.rejects(first.moveTo(-1), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(first.setLimit(1), hasCode('INVALID_ARGUMENT'));
    assert.throws(() => fetchTree('third', { limitBytesPerSecond: 1 }), hasCode('INVALID_ARGUMENT'));
    await file.pause();
    await second.started;
    assert.equal(first.state.name, 'queued', 'one runs, however many files it has');
    await second.cancel();
    await first.started;
    lift();
    await first.done;
    assertThere('first');
  });

  it('are one download with all of their files, for every list and every event', async () => {
    const changed: string[] = [];
    bob.on('downloadChanged', ({ fileName }) => changed.push(fileName));
    hold();
    const tree = fetchTree();
    await tree.started;
    const file = fetchFile();
    await until(() => existsSync(join(out, 'tree', 'a.part')));
    assert.deepEqual([bob.downloads(), bob.folderDownloads()], [[file], [tree]]);
    assert.equal(file.state.name, 'queued');
    await assert.rejects(
      bob.downloadFile('lab', 'tree/a', join(out, 'tree', 'a')).done,
      hasCode('ALREADY_DOWNLOADING'),
      'a part belongs to its folder',
    );
    await file.cancel();
    lift();
    await tree.done;
    assertThere();
    assert.deepEqual(new Set(changed), new Set(['alone', 'tree/a']));
    assert.equal(bob.shares().length, LARGE.length + SMALL.length);
  });

  it('keep to a limit of their own with all of their files, also when it is set later', async () => {
    const tree = fetchTree('tree', { limitBytesPerSecond: 1_000_000 });
    assert.equal(tree.limitBytesPerSecond, 1_000_000);
    await tree.started;
    const startedMs = performance.now();
    await until(() => tree.progress.doneBytes > MIB);
    const seconds = (performance.now() - startedMs) / 1000;
    assert.ok(tree.progress.doneBytes <= 1_000_000 * (seconds + 1), `${tree.progress.doneBytes} in ${seconds} s`);
    await tree.setLimit(2000);
    const slowAt = tree.progress.doneBytes;
    await nextProgress(tree);
    assert.ok(tree.progress.doneBytes - slowAt < MIB);
    await tree.setLimit(0);
    await tree.done;
    assertThere();
  });

  it('come in the order of their names when they are asked to', async () => {
    const tree = fetchTree('tree', { sequential: true });
    const there = () => LARGE.filter((name) => existsSync(join(out, 'tree', name))).join('');
    const seen = new Set<string>();
    tree.on('progress', () => seen.add(there()));
    await tree.done;
    for (const names of seen) assert.ok('ace'.startsWith(names), `${names} before the rest`);
    assertThere();
  });

  it('keep their place, terms and parts through a restart', async () => {
    hold();
    const running = fetchTree('running');
    const file = fetchFile();
    const waiting = fetchTree('waiting', { limitBytesPerSecond: 5000 });
    await running.started;
    await listed(waiting);
    await until(() => existsSync(join(out, 'running', 'a.part')));
    await waiting.moveTo(0);
    await waiting.setPriority('low');
    await running.setSequential(true);
    const account = await closed(bob);
    const parts = account.downloads.filter(({ parent }) => parent === running.id);
    assert.ok(parts.length > 0);
    assert.deepEqual(
      account.transfers.map(({ id }) => id),
      [running, waiting, file].map(({ id }) => id),
    );
    const again = await signIn({ downloadsAtOnce: 1, downloadBytesPerSecond: 2000 });
    const described = again.folderDownloads().map((one) => {
      return [one.id, one.state.name === 'queued', one.priority, one.limitBytesPerSecond, one.sequential];
    });
    assert.deepEqual(described, [
      [running.id, false, 'normal', undefined, true],
      [waiting.id, true, 'low', 5000, false],
    ]);
    assert.deepEqual(
      again.downloads().map(({ fileName }) => fileName),
      ['alone'],
    );
    const [first, second] = again.folderDownloads();
    await second?.setLimit(undefined);
    lift(again);
    await Promise.all([first?.done, second?.done, again.downloads()[0]?.done]);
    for (const name of ['running', 'waiting']) assertThere(name);
  });

  it('are taken from a library of before they took turns, with their parts', async () => {
    hold();
    const tree = fetchTree();
    await tree.started;
    await until(() => existsSync(join(out, 'tree', 'a.part')));
    const { shares, downloads, folders } = await closed(bob);
    const accounts = {
      [`bob@${lab.tracker.fingerprint}`]: {
        shares,
        downloads: downloads.map(({ position: _place, parent: _whole, priority: _normal, ...part }) => part),
        folders: folders.map(({ id, groupId, folder, root, paused }) => ({ id, groupId, folder, root, paused })),
      },
    };
    assert.ok(downloads.some(({ root }) => root === join(out, 'tree')));
    writeFileSync(join(lab.folder, 'bob', 'library.json'), JSON.stringify({ version: 1, accounts }));
    const again = await signIn({});
    assert.deepEqual(again.downloads(), []);
    const [restored] = again.folderDownloads();
    assert.deepEqual([restored?.id, restored?.priority, restored?.sequential], [tree.id, 'normal', false]);
    await restored?.done;
    assertThere();
  });

  it('leave nothing of their parts when they are cancelled, and go on with them after a pause', async () => {
    bob.setLimits({ downloadBytesPerSecond: 1_000_000 });
    const tree = fetchTree();
    await until(() => tree.progress.doneBytes > MIB / 2);
    await tree.pause();
    assert.equal(tree.state.name, 'paused');
    tree.resume();
    await until(() => tree.progress.doneBytes > MIB / 2);
    await tree.cancel();
    const left = readdirSync(join(out, 'tree')).filter((name) => name.includes('.part'));
    assert.deepEqual(left, []);
    const { downloads, folders } = await closed(bob);
    assert.deepEqual([downloads, folders], [[], []]);
    assert.equal(readFileSync(join(lab.folder, 'bob', 'library.journal'), 'utf8').includes(tree.id), false);
  });

  it('join their user who fetches one of the files to the same place', async () => {
    hold();
    bob.setLimits({ downloadsAtOnce: 2 });
    mkdirSync(join(out, 'tree'));
    const own = bob.downloadFile('lab', 'tree/c', join(out, 'tree', 'c'));
    await own.started;
    const tree = bob.downloadFolder('lab', 'tree', `${out}/`);
    await tree.started;
    assert.equal(tree.path, join(out, 'tree'));
    await tree.pause();
    assert.equal(own.state.name, 'downloading');
    tree.resume();
    lift();
    await Promise.all([own.done, tree.done]);
    assert.deepEqual([bob.downloads(), tree.progress.failedFiles], [[own], 0]);
    assertThere();
  });

  it('wait no more when their user leaves the group', async () => {
    hold();
    const file = fetchFile();
    const tree = fetchTree();
    await file.started;
    const failed = nextEvent(bob, 'folderChanged', ({ state }) => state.name === 'failed');
    await bob.leaveGroup('lab');
    assert.equal(await failed, tree);
    await assert.rejects(tree.done, hasCode('NOT_A_MEMBER'));
    await assert.rejects(file.done, hasCode('NOT_A_MEMBER'));
  });

  async function signIn(limits: { downloadsAtOnce?: number; downloadBytesPerSecond?: number }): Promise<ShoalClient> {
    const client = lab.client('bob', { limits });
    await client.connect();
    await client.login('bob', 'password of bob');
    return client;
  }
});

function nextProgress(download: FolderDownload): Promise<void> {
  return new Promise((resolve) => download.once('progress', () => resolve()));
}
