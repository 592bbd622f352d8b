import assert from 'node:assert/strict';
import type { Store } from '../../../tracker/store/store.js';
import { madeManifest } from '../made-manifest.js';
import { stopShare } from './stop-share.js';
import type { StorePlace } from './store-conformance.js';

const ANN = { groupId: 'lab', userId: 'ann' };
const DEVICE = 'aa'.repeat(32);
/** More than one step of the sweep looks at. */
const MANY = 1500;

/** The requirements of empty folders for every store. */
export function describeEmptyFolders(name: string, place: () => Promise<StorePlace>): void {
  describe(`empty folders in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
      await store.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 });
      await store.createGroup('lab', 'ann', 1);
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    const share = (fileName: string) =>
      store.shareFiles({
        ...{ ...ANN, deviceId: DEVICE, nowMs: 1 },
        files: [{ fileName, ...madeManifest(1) }],
      });
    const count = async (root: string) => (await store.listEmptyFolders('lab', 'ann', root, { limit: 10_000 })).length;
    const many = (root: string) => Array.from({ length: MANY }, (_none, at) => `${root}/x${at}`);

    it('are swept when their folder has no file, and others stay', async () => {
      for (const root of ['gone', 'here']) {
        await share(`${root}/a`);
        await store.setEmptyFolders({ ...ANN, folder: root, empty: many(root) });
      }
      await stopShare(store, { ...ANN, deviceId: DEVICE, fileName: 'gone/a' });
      assert.equal(await count('gone'), 0);
      await share('gone/b');
      assert.equal(await count('gone'), MANY, 'the folder came back before the sweep');
      await stopShare(store, { ...ANN, deviceId: DEVICE, fileName: 'gone/b' });
      await store.sweep(1, 1);
      await share('gone/c');
      assert.deepEqual([await count('gone'), await count('here')], [0, MANY]);
    });

    it('go with their group', async () => {
      await share('tree/a');
      await store.setEmptyFolders({ ...ANN, folder: 'tree', empty: ['tree/x'] });
      assert.equal((await store.leaveGroup('lab', 'ann')).kind, 'dissolved');
      await store.createGroup('lab', 'ann', 1);
      await share('tree/a');
      assert.equal(await count('tree'), 0);
    });
  });
}
