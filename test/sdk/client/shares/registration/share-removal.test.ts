import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Library } from '../../../../../sdk/client/library/library.js';
import type { LibraryAccount } from '../../../../../sdk/client/library/library-account.js';
import type { Session } from '../../../../../sdk/client/session/session.js';
import { ShareRemoval } from '../../../../../sdk/client/shares/registration/share-removal.js';
import type { ShareService } from '../../../../../sdk/client/shares/serving/share-service.js';
import { type ErrorCode, type ShoalClient, ShoalError } from '../../../../../sdk/index.js';
import { Gate } from '../../../../support/gate.js';
import { until } from '../../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../../support.js';

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

  it('while the tracker is away ends here at once, and is not listed once it is back, after a restart too', async () => {
    for (const name of ['note', 'other']) await alice.shareFile(lab.file(name, 1000), 'lab');
    const isAway = nextEvent(alice, 'disconnected');
    await gate.close();
    await isAway;
    await alice.stopShare('lab', 'note');
    await alice.stopShares('lab', ['other', 'never shared']);
    assert.deepEqual(alice.shares(), []);
    await assert.rejects(alice.stopShare('lab', 'note'), hasCode('DISCONNECTED'), 'it is not shared here any more');
    await alice.close();
    assert.deepEqual(await libraryOfAlice(), { shares: [], ended: ['note', 'other'] });
    assert.deepEqual(await names(), ['note', 'other']);
    const again = await lab.signedInAgain('alice');
    assert.deepEqual(again.lost, [], 'nobody is told of what the user did');
    await until(async () => (await names()).length === 0);
    await again.client.close();
    assert.deepEqual(await libraryOfAlice(), { shares: [], ended: [] });
  });

  it('with its group, which is left while the tracker is away, is not listed once it is back', async () => {
    await alice.createGroup('other');
    await alice.shareFile(lab.file('note', 1000), 'lab');
    const isAway = nextEvent(alice, 'disconnected');
    await gate.close();
    await isAway;
    assert.deepEqual(await alice.leaveGroup('LAB'), { dissolved: false, newOwnerId: null });
    assert.deepEqual(alice.shares(), []);
    await assert.rejects(alice.leaveGroup('lab'), hasCode('DISCONNECTED'), 'it is no member any more');
    await alice.close();
    const isHis = nextEvent(bob, 'membershipChanged', ({ change }) => change === 'left');
    const { client } = await lab.signedInAgain('alice');
    assert.equal((await isHis).ownerId, 'bob');
    assert.deepEqual(await names(), []);
    await assert.rejects(client.listFiles('lab'), hasCode('NOT_A_MEMBER'));
    assert.equal((await client.joinGroup('lab')).standing, 'requested');
    assert.deepEqual(await client.listFiles('other'), [], 'another group stays');
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

describe('a share that the tracker does not end', () => {
  it('has ended here, and whoever stopped it is told why', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-removal-'));
    try {
      const library = await Library.open(folder);
      const account = library.account('t', 'u');
      const { removal, answer } = removalFor(library, account);
      const about = { manifestId: 'a1'.repeat(32), sizeBytes: 1, modifiedNs: '0', registered: true };
      const [one, two, three] = ['1', '2', '3'].map((fileName) => ({
        groupId: 'lab',
        fileName,
        path: `/${fileName}`,
        ...about,
      }));
      assert.ok(one && two && three);
      account.putShares([one, two, three]);
      answer.files = [{ code: 'DISK_ERROR', message: 'The disk of the tracker fails: tell its operator.' }];
      await assert.rejects(removal.stop([one]), hasCode('DISK_ERROR'));
      answer.files = [
        { code: 'NOT_SHARED', message: '' },
        { code: 'NOT_SHARED', message: '' },
      ];
      await removal.stop([two]);
      assert.deepEqual(account.endedShares, [], 'the first one was ended with it');
      answer.files = new ShoalError('DISCONNECTED', 'The tracker is away.');
      await removal.stop([three]);
      assert.deepEqual([account.shares, account.endedShares], [[], [three]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function removalFor(library: Library, account: LibraryAccount) {
  const answer: { files: readonly { code: ErrorCode; message: string }[] | ShoalError } = { files: [] };
  const session = {
    ...{ library, account, logger: { debug: () => {}, error: () => {} }, presence: { unregistered: () => {} } },
    call: async (method: string) => {
      if (answer.files instanceof ShoalError) throw answer.files;
      const [one] = answer.files;
      if (method === 'stopShare' && one) throw new ShoalError(one.code, one.message);
      return { files: answer.files };
    },
  };
  const removal = new ShareRemoval(session as unknown as Session, {
    service: { end: () => {} } as unknown as ShareService,
    onSharedAgain: () => {},
  });
  return { removal, answer };
}
