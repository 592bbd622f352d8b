import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Download, ShoalClient } from '../../../sdk/index.js';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { hasCode, Lab, nextEvent } from './support.js';

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
    await bob.shareFile(lab.file('taken', 1000), 'lab');
    const path = lab.file('mine', 2000);
    await assert.rejects(alice.shareFile(path, 'lab', { fileName: 'taken' }), hasCode('NAME_TAKEN'));
    assert.deepEqual(alice.shares(), []);
    await alice.shareFile(path, 'lab');
    const { sizeBytes } = await bob.downloadFile('lab', 'mine', join(lab.folder, 'copy')).done;
    assert.equal(sizeBytes, 2000);
  });

  describe('whose own device downloads it as well', () => {
    const completeSources = async (client: ShoalClient) => (await client.listFiles('lab'))[0]?.completeSources;

    it('is served and told of as complete all the while, and after the download was given up', async () => {
      await lab.startTracker();
      const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
      await lab.group('lab', alice, bob);
      await alice.shareFile(lab.file('data', 3 * PIECE_BYTES), 'lab');
      const own = alice.downloadFile('lab', 'data', join(lab.folder, 'own'));
      await own.started;
      await waitsForSource(own);
      assert.equal(await completeSources(bob), 1);
      await bob.downloadFile('lab', 'data', join(lab.folder, 'copy')).done;
      await own.cancel();
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
    for (let file = 0; file < 6; file++) await alice.shareFile(lab.file(`n${file}`, 1000), 'lab');
    bob.on('fileShared', ({ file }) => lines.push(file.fileName));
    bob.on('filesShared', ({ files }) => lines.push(...files.map(({ fileName }) => fileName)));
    for (let file = 0; file < 6; file++)
      await bob.downloadFile('lab', `n${file}`, join(lab.folder, `copy${file}`)).done;
    await until(async () => (await alice.listFiles('lab')).every(({ completeSources }) => completeSources === 2));
    await until(() => Promise.resolve(lines.length >= 6)); // by another connection
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
    const library = readFileSync(join(lab.folder, 'alice', 'library.json'), 'utf8');
    assert.equal(library.match(/"modifiedNs":"1000000000000"/g)?.length, 50);
    const again = await lab.signedInAgain('alice');
    assert.equal(again.restored.length, 60);
  });

  it('of a data folder of Shoal, with its keys, is refused', async () => {
    await lab.startTracker();
    const alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
    for (const path of ['alice/device.json', 'tracker/ticket-key.json'])
      await assert.rejects(alice.shareFile(join(lab.folder, path), 'lab'), hasCode('PERMISSION_DENIED'));
    lab.file('note', 10);
    const { files, skipped } = await alice.shareFolder(lab.folder, 'lab');
    assert.equal(files, 1);
    assert.deepEqual(
      skipped.map(({ path }) => path),
      ['alice', 'tracker'].map((name) => join(lab.folder, name)),
    );
  });
});

function waitsForSource(download: Download): Promise<void> {
  return until(async () => download.state.name === 'waiting');
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}
