import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from '../../../tracker/data/data-folder.js';
import { RunningTracker } from '../../../tracker/running-tracker.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import type { Store } from '../../../tracker/store/store.js';
import { changeUnconfirmed, storeIsAway } from '../../../tracker/store/store-errors.js';
import { PLAIN } from '../../support/plain-passwords.js';
import { until } from '../../support/until.js';
import { madeManifest } from '../made-manifest.js';
import { RawClient } from '../raw-client.js';

const lab = { groupId: 'lab' };

describe('a change before the store is lost', () => {
  let path: string;
  let folder: DataFolder;
  let tracker: RunningTracker;
  let clients: [ann: RawClient, bob: RawClient];
  /** The store is lost right after it has made a change; without a confirmation: while it confirms one. */
  let lost: 'no' | 'after' | 'meanwhile' = 'no';

  beforeEach(async () => {
    lost = 'no';
    path = await mkdtemp(join(tmpdir(), 'shoal-untold-'));
    folder = await openDataFolder(path, DEFAULT_LIMITS);
    const { store } = folder;
    const failing: Store = {
      ...store,
      async membership(...args) {
        if (lost !== 'no') throw storeIsAway(new Error('lost'));
        return store.membership(...args);
      },
      async listMembers(...args) {
        if (lost !== 'no') throw storeIsAway(new Error('lost'));
        return store.listMembers(...args);
      },
      async changeGroup(...args) {
        const changed = await store.changeGroup(...args);
        if (lost === 'meanwhile') throw changeUnconfirmed(new Error('lost'));
        return changed;
      },
    };
    const { identity, tickets } = folder;
    const shared = { identity, tickets, store: failing, close: () => folder.close() };
    tracker = new RunningTracker(shared, { limits: { checksAtOnce: 0 } }, PLAIN);
    const { port } = await tracker.listen('127.0.0.1', 0);
    const signUp = async (userId: string) =>
      (await RawClient.open(`wss://127.0.0.1:${port}#${identity.id}`)).signUp(userId, null, ['missed']);
    clients = [await signUp('ann'), await signUp('bob')];
    const [ann, bob] = clients;
    await ann.call('createGroup', lab);
    await bob.call('joinGroup', lab);
    await ann.call('acceptRequest', { ...lab, userId: 'bob' });
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await tracker.close();
    await rm(path, { recursive: true });
  });

  it('is answered as made, and members hear that they missed something when the store is back', async () => {
    const [ann, bob] = clients;
    const { manifestId, manifest } = madeManifest(1);
    const file = { fileName: 'a', manifestId, manifest: Buffer.from(manifest.bytes).toString('base64url') };
    lost = 'after';
    assert.equal(await ann.outcome('changeGroup', { ...lab, keepVersions: 7 }), 'ok');
    const { files } = await ann.call('shareFiles', { ...lab, files: [file] });
    assert.ok(files[0] && 'file' in files[0]);
    assert.deepEqual(await bob.heard('groupChanged'), []);
    assert.deepEqual(await bob.heard('missed'), []);
    lost = 'no';
    await until(async () => (await bob.heard('missed')).some(({ groupId }) => groupId === 'lab'));
  });

  it('that it does not confirm is told like one that it made', async () => {
    const [ann, bob] = clients;
    lost = 'meanwhile';
    assert.equal(await ann.outcome('changeGroup', { ...lab, keepVersions: 7 }), 'TIMEOUT');
    lost = 'no';
    await until(async () => (await bob.heard('missed')).some(({ groupId }) => groupId === 'lab'));
  });
});
