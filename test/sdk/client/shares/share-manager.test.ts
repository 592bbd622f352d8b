import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../../sdk/client/library/library.js';
import type { ShoalClient } from '../../../../sdk/index.js';
import { PIECE_BYTES } from '../../../../sdk/protocol/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

const TIMES = 8;

describe('a share', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  it('is served before the tracker tells of it, to whoever waits for it', async () => {
    await lab.startTracker();
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob', { logger })]);
    await lab.group('lab', alice, bob);
    for (let time = 0; time < TIMES; time++) {
      const name = `note${time}`;
      const isThere = nextEvent(bob, 'fileShared', ({ file }) => file.fileName === name).then(
        () => bob.downloadFile('lab', name, join(lab.folder, `${name}.copy`)).done,
      );
      await Promise.all([alice.shareFile(lab.file(name, 1024), 'lab'), isThere]);
    }
    assert.deepEqual(
      lines.filter((line) => /FILE_NOT_FOUND/.test(line)),
      [],
    );
  });

  it('that the tracker does not take is not kept, and the next one of the same content is', async () => {
    await lab.startTracker();
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    await alice.shareFile(lab.file('taken', 1000), 'lab');
    const path = lab.file('mine', 2000);
    await assert.rejects(bob.shareFile(path, 'lab', { fileName: 'taken' }), hasCode('NAME_TAKEN'));
    assert.deepEqual(bob.shares(), []);
    await bob.shareFile(path, 'lab');
    const { sizeBytes } = await alice.downloadFile('lab', 'mine', join(lab.folder, 'copy')).done;
    assert.equal(sizeBytes, 2000);
  });

  describe('whose own device downloads it as well', () => {
    const completeSources = async (client: ShoalClient) => (await client.listFiles('lab'))[0]?.completeSources;

    it('is served and announced as complete all the while, and the download copies it', async () => {
      await lab.startTracker();
      const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
      await lab.group('lab', alice, bob);
      await alice.shareFile(lab.file('data', 3 * PIECE_BYTES), 'lab');
      const own = alice.downloadFile('lab', 'data', join(lab.folder, 'own'));
      await own.done;
      assert.equal(own.progress.reusedBytes, 3 * PIECE_BYTES);
      assert.equal(await completeSources(bob), 1);
      await bob.downloadFile('lab', 'data', join(lab.folder, 'copy')).done;
      await until(async () => (await completeSources(bob)) === 2); // the tracker is told in the background
      await bob.stopShare('lab', 'data');
      assert.equal(await completeSources(bob), 1);
      await bob.downloadFile('lab', 'data', join(lab.folder, 'copy2')).done;
    });

    it('stays where it was, and a copy that was fetched stands in when that one goes', async () => {
      await lab.startTracker();
      const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
      await lab.group('lab', alice, bob);
      const path = lab.file('data', 2 * PIECE_BYTES);
      await alice.shareFile(path, 'lab');
      await bob.downloadFile('lab', 'data', join(lab.folder, 'bobs')).done;
      const own = join(lab.folder, 'own');
      await alice.downloadFile('lab', 'data', own).done;
      assert.deepEqual(
        alice.shares().map((share) => share.path),
        [path],
      );
      await bob.stopShare('lab', 'data');
      await alice.close();
      rmSync(path);
      const again = await lab.signedInAgain('alice');
      assert.deepEqual([again.restored, again.lost], [['data'], []]);
      assert.equal(again.client.shares()[0]?.path, own);
      await bob.downloadFile('lab', 'data', join(lab.folder, 'bobs2')).done;
    });
  });

  it('that a tracker lost, since an older copy of its folder was put back, is told of anew', async () => {
    const { port } = await lab.startTracker();
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    await lab.tracker.close();
    cpSync(join(lab.folder, 'tracker'), join(lab.folder, 'backup'), { recursive: true });
    const isBack = nextEvent(alice, 'connected');
    await lab.startTracker(port);
    await isBack;
    await alice.shareFile(lab.file('data', 1000), 'lab');
    await lab.tracker.close();
    const [aliceIsBack, bobIsBack] = [alice, bob].map((client) => nextEvent(client, 'connected'));
    await lab.startTracker(port, 'backup');
    await Promise.all([aliceIsBack, bobIsBack]);
    await until(async () => (await bob.listFiles('lab'))[0]?.completeSources === 1);
    assert.equal(alice.shares().length, 1);
    await bob.downloadFile('lab', 'data', join(lab.folder, 'copy')).done;
  });

  it('that was fetched becomes known to the group, and is told of once', async () => {
    await lab.startTracker();
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    const lines: string[] = [];
    const isTold = nextEvent(bob, 'fileShared', ({ file }) => file.fileName === 'n5'); // by another connection than the answer
    for (let file = 0; file < 6; file++) await alice.shareFile(lab.file(`n${file}`, 1000), 'lab');
    await isTold;
    bob.on('fileShared', ({ file }) => lines.push(file.fileName));
    bob.on('filesShared', ({ files }) => lines.push(...files.map(({ fileName }) => fileName)));
    for (let file = 0; file < 6; file++)
      await bob.downloadFile('lab', `n${file}`, join(lab.folder, `copy${file}`)).done;
    await until(async () => (await alice.listFiles('lab')).every(({ completeSources }) => completeSources === 2));
    await until(() => lines.length >= 6); // by another connection
    assert.deepEqual(lines.sort(), ['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
  });

  it('that was touched is hashed again while the others are served, and is as it was at the next sign-in', async () => {
    await lab.startTracker();
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    const folder = lab.subfolder('tree');
    for (let file = 0; file < 60; file++) writeFileSync(join(folder, `f${file}`), `content ${file}`);
    await alice.shareFolder(folder, 'lab');
    await alice.close();
    for (let file = 0; file < 50; file++) utimesSync(join(folder, `f${file}`), 1000, 1000);
    const client = lab.client('alice');
    await client.connect();
    const { restored, checking, lost } = await client.login('alice', 'password of alice');
    assert.equal(restored.length + checking.length, 60);
    assert.deepEqual(lost, []);
    await until(async () => (await client.listFiles('lab')).every(({ completeSources }) => completeSources === 1));
    await client.close();
    const library = await Library.open(join(lab.folder, 'alice'));
    const touched = library
      .account(lab.tracker.fingerprint, 'alice')
      .shares.filter(({ modifiedNs }) => modifiedNs === '1000000000000');
    assert.equal(touched.length, 50);
    const again = await lab.signedInAgain('alice');
    assert.equal(again.restored.length, 60);
  });

  it('of a data folder of Shoal, with its keys, is refused by whatever way', async () => {
    await lab.startTracker();
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    lab.file('large', 3 << 20);
    await alice.shareFile(join(lab.folder, 'large'), 'lab'); // its manifest has a file of its own
    const [manifest = ''] = readdirSync(join(lab.folder, 'alice/manifests'));
    const aside = lab.subfolder('aside');
    copyFileSync(join(lab.folder, 'alice/device.json'), join(aside, 'device.json')); // as a backup of the key
    symlinkSync(join(lab.folder, 'alice/device.json'), join(lab.folder, 'innocent.txt'));
    symlinkSync(join(lab.folder, 'tracker'), join(lab.folder, 'innocent'));
    const paths = [
      'alice/device.json',
      'alice/library.json',
      'alice/library.journal',
      `alice/manifests/${manifest}`,
      'tracker/ticket-key.json',
    ];
    for (const path of [...paths, 'tracker/tracker.db', 'aside/device.json', 'innocent.txt', 'innocent/tracker.db'])
      await assert.rejects(alice.shareFile(join(lab.folder, path), 'lab'), hasCode('PERMISSION_DENIED'), path);
    for (const path of ['alice', 'alice/manifests', 'tracker', 'aside']) {
      await assert.rejects(alice.shareFolder(join(lab.folder, path), 'lab'), hasCode('PERMISSION_DENIED'), path);
      await assert.rejects(alice.surveyFolder(join(lab.folder, path)), hasCode('PERMISSION_DENIED'), path);
    }
    for (const name of ['large', 'innocent.txt', 'innocent']) rmSync(join(lab.folder, name));
    rmSync(aside, { recursive: true });
    lab.file('note', 10);
    const { files, skipped } = await alice.shareFolder(lab.folder, 'lab');
    assert.equal(files, 1);
    assert.deepEqual(
      skipped.map(({ path }) => path),
      ['alice', 'tracker'].map((name) => join(lab.folder, name)),
    );
  });

  it('of a data folder of Shoal, as older versions made it, ends at the next sign-in', async () => {
    await lab.startTracker();
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    const [kept, backup] = [lab.subfolder('kept'), lab.subfolder('backup')];
    for (const folder of [kept, backup]) writeFileSync(join(folder, 'note'), `in ${folder}`);
    await alice.shareFile(join(kept, 'note'), 'lab', { fileName: 'kept' });
    await alice.shareFile(join(backup, 'note'), 'lab', { fileName: 'from a backup' });
    await alice.close();
    copyFileSync(join(lab.folder, 'alice/device.json'), join(backup, 'device.json'));
    const { client, lost, restored } = await lab.signedInAgain('alice');
    assert.deepEqual({ lost, restored }, { lost: ['from a backup refused'], restored: ['kept'] });
    assert.deepEqual(
      (await client.listFiles('lab')).map(({ fileName }) => fileName),
      ['kept'],
    );
  });

  it('of many files ends in one go, and leaves those alone that are not named', async () => {
    await lab.startTracker();
    const [alice, bob] = [await lab.signedIn('alice'), await lab.signedIn('bob')];
    await lab.group('lab', alice, bob);
    const folder = lab.subfolder('tree');
    for (let file = 0; file < 300; file++) writeFileSync(join(folder, `f${file}`), `content ${file}`);
    await alice.shareFolder(folder, 'lab');
    const told: number[] = [];
    bob.on('filesStopped', ({ files }) => told.push(files.length));
    bob.on('fileStopped', () => told.push(1));
    const names = alice.shares().map(({ fileName }) => fileName);
    await alice.stopShares('lab', [...names.slice(1), 'tree/never shared']);
    await until(async () => told.reduce((sum, one) => sum + one, 0) === 299);
    assert.ok(told.length <= 3, `in ${told.length} messages`);
    assert.deepEqual(
      alice.shares().map(({ fileName }) => fileName),
      names.slice(0, 1),
    );
    assert.deepEqual(
      (await bob.listFiles('lab')).map(({ fileName }) => fileName),
      names.slice(0, 1),
    );
    await assert.rejects(bob.stopShares('nothing', ['a']), hasCode('GROUP_NOT_FOUND'));
  });
});
