import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../../sdk/client/local/library.js';
import type { ShoalClient } from '../../../../sdk/index.js';
import { Gate } from '../../../support/gate.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

describe('a share that ends', () => {
  let lab: Lab;
  let gate: Gate;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    gate = await Gate.open((await lab.startTracker()).port);
    alice = await lab.signedIn('alice', { tracker: { host: '127.0.0.1', port: gate.port } });
    bob = await lab.signedIn('bob');
    await lab.group('lab', alice, bob);
  });
  afterEach(async () => {
    await lab.close();
    await gate.close();
  });

  const names = async () => (await bob.listFiles('lab')).map(({ fileName }) => fileName);

  async function libraryOfAlice(): Promise<{ shares: string[]; ended: string[] }> {
    const account = (await Library.open(join(lab.folder, 'alice'))).account(lab.tracker.fingerprint, 'alice');
    const namesOf = (shares: readonly { fileName: string }[]) => shares.map(({ fileName }) => fileName);
    return { shares: namesOf(account.shares), ended: namesOf(account.endedShares) };
  }

  it('while the tracker is away is not listed once it is back, after a restart too', async () => {
    const path = lab.file('note', 1000);
    await alice.shareFile(path, 'lab');
    const isAway = nextEvent(alice, 'disconnected');
    await gate.close();
    await isAway;
    const isLost = nextEvent(alice, 'shareLost');
    renameSync(path, `${path} in the bin`);
    assert.equal((await isLost).fileName, 'note');
    assert.deepEqual(alice.shares(), []);
    await alice.close();
    assert.deepEqual(await libraryOfAlice(), { shares: [], ended: ['note'] });
    assert.deepEqual(await names(), ['note']);
    const again = await lab.signedInAgain('alice');
    assert.deepEqual(again.lost, [], 'it was told before');
    await until(async () => (await names()).length === 0);
    await again.client.close();
    assert.deepEqual(await libraryOfAlice(), { shares: [], ended: [] });
  });

  it('before the tracker has answered is not listed, for whoever began it was told that it is not shared', async () => {
    const path = lab.file('note', 1000);
    await bob.shareFile(path, 'lab', { fileName: 'the same' }); // so that the tracker has its manifest
    const stop = new AbortController();
    const isRegistered = nextEvent(bob, 'fileShared', ({ file }) => file.fileName === 'note');
    const isHeld = gate.hold('down');
    const sharing = alice.shareFile(path, 'lab', { signal: stop.signal });
    await Promise.all([isHeld, isRegistered]);
    stop.abort();
    await assert.rejects(sharing, hasCode('ABORTED'));
    assert.deepEqual(alice.shares(), []);
    const isBack = nextEvent(alice, 'connected');
    gate.open();
    await isBack;
    await until(async () => (await names()).join() === 'the same');
    await alice.shareFile(path, 'lab');
    await until(async () => (await names()).length === 2);
    await alice.close();
    assert.deepEqual(await libraryOfAlice(), { shares: ['note'], ended: [] });
  });

  it('since the tracker refuses it leaves what was shared before, and nothing of itself', async () => {
    await alice.shareFile(lab.file('mine', 1000), 'lab');
    await bob.shareFile(lab.file('his', 1000), 'lab', { fileName: 'tree/his' });
    await assert.rejects(
      alice.shareFile(lab.file('other', 1000), 'lab', { fileName: 'MINE/x' }),
      hasCode('NAME_TAKEN'),
    );
    const tree = join(lab.folder, 'tree');
    mkdirSync(tree);
    for (const name of ['his', 'new']) writeFileSync(join(tree, name), name);
    const { files, skipped } = await alice.shareFolder(tree, 'lab');
    assert.deepEqual({ files, skipped: skipped.map(({ path }) => path) }, { files: 1, skipped: [join(tree, 'his')] });
    const shared = ['mine', 'tree/new'];
    assert.deepEqual(
      alice.shares().map(({ fileName }) => fileName),
      shared,
    );
    await bob.downloadFile('lab', 'mine', join(lab.folder, 'copy')).done;
    await alice.close();
    assert.deepEqual(await libraryOfAlice(), { shares: shared, ended: [] });
    await bob.stopShare('lab', 'tree/his');
    assert.deepEqual((await names()).sort(), shared);
  });
});
