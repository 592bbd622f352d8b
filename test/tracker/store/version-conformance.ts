import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Store } from '../../../tracker/store/store.js';
import type { NewVersion, PublishedFile } from '../../../tracker/store/versions.js';
import { hasCode } from '../../support/has-code.js';
import { madeManifest } from '../made-manifest.js';
import { stopShare } from './stop-share.js';
import { runs, type StorePlace } from './store-conformance.js';
import { DEVICES, NAMES, USERS, VersionModel, type VersionStep, versionSteps } from './version-model.js';
import { content, formGroup, linesOf, MISCOUNTED, takeStep } from './version-steps.js';

const DAY_MS = 86_400_000;
const PAGE = { limit: 1000 };

/** The requirements of versions for every store. */
export function describeVersions(name: string, place: () => Promise<StorePlace>, effort = 1): void {
  describe(`versions in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
      for (const userId of USERS) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    const group = (groupId: string) => formGroup(store, groupId);

    const [deviceId = ''] = DEVICES;
    async function publish(version: NewVersion, userId = 'u0', nowMs = 10): Promise<PublishedFile> {
      const about = { groupId: 'lab', userId, deviceId, nowMs };
      const [published] = await store.publishVersions({ ...about, files: [version] });
      if (!published || 'code' in published) throw published ?? new Error('nothing');
      return published;
    }

    async function take(groupId: string, taken: VersionStep, model: VersionModel, nowMs: number): Promise<string> {
      if (taken.kind === 'reopen') {
        await store.close();
        store = await here.open();
      }
      return takeStep(store, groupId, taken, { base: model.baseOf(taken), isOpen: model.isOpen, nowMs });
    }

    it('are all kept, in order and counted, whatever is published, registered, stopped, removed and forgotten', async () => {
      let round = 0;
      let nowMs = 100;
      await fc.assert(
        fc.asyncProperty(versionSteps, async (steps) => {
          const groupId = `group ${round++}`;
          await group(groupId);
          const model = new VersionModel();
          for (const taken of steps) {
            const actual = await take(groupId, taken, model, nowMs++);
            assert.equal(actual, model.take(taken), JSON.stringify(taken));
            assert.deepEqual((await linesOf(store, groupId)).sort(), model.lines.sort());
          }
          assert.deepEqual(await here.query(MISCOUNTED), []);
        }),
        { numRuns: runs(60, effort) },
      );
    });

    it('go on above the base of a name that the tracker does not know, and never on top of a removed one', async () => {
      await group('lab');
      assert.equal((await publish({ fileName: 'a', base: 6, ...content(1) })).file.version, 7);
      assert.equal((await publish({ fileName: 'a', base: 7, ...content(2) })).change, 'updated');
      const [removed] = await store.removeFiles({ groupId: 'lab', userId: 'u0', nowMs: 11, fileNames: ['A'] });
      assert.ok(removed && !('code' in removed));
      assert.deepEqual([...removed.gone].sort(), [1, 2].map((seed) => madeManifest(seed).manifestId).sort());
      await assert.rejects(publish({ fileName: 'a', base: 8, ...content(3) }), hasCode('FILE_REMOVED'));
      assert.equal((await publish({ fileName: 'a', base: 0, ...content(1) })).file.version, 1);
      await store.removeFiles({ groupId: 'lab', userId: 'u0', nowMs: 12, fileNames: ['a'] });
      await store.sweep(12 + 401 * DAY_MS, 0);
      assert.equal((await publish({ fileName: 'a', base: 8, ...content(3) })).file.version, 9, 'the memory ends');
    });

    it('remember a bounded number of removed contents for each group', async () => {
      await store.close();
      store = await here.open({ removedPerGroup: 2 });
      await group('lab');
      for (const [index, fileName] of NAMES.slice(0, 2).entries()) {
        await publish({ fileName, base: 0, ...content(1) });
        if (index === 0) await publish({ fileName, base: 1, ...content(2) });
        await store.removeFiles({ groupId: 'lab', userId: 'u0', nowMs: 20 + index, fileNames: [fileName] });
      }
      const register = async (fileName: string, seed: number) => {
        const about = { groupId: 'lab', userId: 'u1', deviceId, nowMs: 30 };
        const [one] = await store.shareFiles({ ...about, files: [{ fileName, ...content(seed) }] });
        return one && 'code' in one ? one.code : 'ok';
      };
      const [first = '', second = ''] = NAMES;
      assert.equal(await register(second, 1), 'FILE_REMOVED');
      const outcomes = [await register(first, 1)];
      if (outcomes[0] === 'ok') await stopShare(store, { groupId: 'lab', userId: 'u1', deviceId, fileName: first });
      outcomes.push(await register(first, 2));
      assert.deepEqual(outcomes.sort(), ['FILE_REMOVED', 'ok'], 'one of the oldest two is forgotten');
    });

    it('stay while they are among the newest, or young', async () => {
      await group('lab');
      await store.changeGroup('lab', 'u0', { keepVersions: 2, keepDays: 3 });
      for (let version = 1; version <= 5; version++)
        await publish({ fileName: 'a', base: version - 1, ...content(version) }, 'u0', version * DAY_MS);
      const kept = async () =>
        (await store.listVersions('lab', 'u1', 'a', PAGE)).versions.map(({ version }) => version);
      await store.sweep(4 * DAY_MS, 0);
      assert.deepEqual(await kept(), [5, 4, 3, 2, 1]);
      await store.sweep(4 * DAY_MS + 1, 0);
      assert.deepEqual(await kept(), [5, 4, 3, 2]);
      await store.sweep(900 * DAY_MS, 0);
      assert.deepEqual(await kept(), [5, 4]);
      assert.equal(await store.readManifest(madeManifest(3).manifestId, 'u1'), undefined);
      assert.ok(await store.readManifest(madeManifest(4).manifestId, 'u1'));
      await assert.rejects(store.findFile('lab', 'u1', 'a', 3), hasCode('VERSION_NOT_FOUND'));
      await store.changeGroup('lab', 'u0', { keepVersions: 1 });
      await store.sweep(900 * DAY_MS, 0);
      assert.deepEqual(await kept(), [5], 'the newest one always stays');
    });

    it('are forgotten in steps, however many there are', async () => {
      await group('lab');
      const files = Array.from({ length: 1200 }, (_, base) => ({ fileName: 'a', base, ...content((base % 2) + 1) }));
      await store.publishVersions({ groupId: 'lab', userId: 'u0', deviceId, nowMs: 10, files });
      await store.sweep(11, 0);
      const { versions } = await store.listVersions('lab', 'u0', 'a', PAGE);
      assert.deepEqual(
        versions.map(({ version }) => version),
        [1200, 1199],
      );
    });

    it('are bounded for each file and each group', async () => {
      await store.close();
      store = await here.open({ versionsPerFile: 2, versionsPerGroup: 3 });
      await group('lab');
      for (const base of [0, 1]) await publish({ fileName: 'a', base, ...content(base) });
      await assert.rejects(publish({ fileName: 'a', base: 2, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
      await publish({ fileName: 'b', base: 0, ...content(1) });
      await assert.rejects(publish({ fileName: 'b', base: 1, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
      await assert.rejects(publish({ fileName: 'c', base: 2 ** 31 - 1, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
    });

    it('count for the quota of a user with the version that each device has', async () => {
      await store.close();
      store = await here.open({ bytesPerUser: 10 });
      await group('lab');
      await publish({ fileName: 'a', base: 0, ...content(1, 9) });
      await assert.rejects(publish({ fileName: 'a', base: 1, ...content(2, 11) }), hasCode('QUOTA_EXCEEDED'));
      await publish({ fileName: 'a', base: 1, ...content(3, 10) });
      await publish({ fileName: 'a', base: 2, ...content(4, 2) });
      await publish({ fileName: 'b', base: 0, ...content(5, 8) });
      const about = { groupId: 'lab', userId: 'u0', deviceId, nowMs: 20 };
      const [older] = await store.shareFiles({ ...about, files: [{ fileName: 'a', ...content(3, 10) }] });
      assert.ok(older && 'code' in older && older.code === 'QUOTA_EXCEEDED');
    });

    it('raise an epoch to a proven one, and never lower it or believe an impossible one', async () => {
      await group('lab');
      const epoch = async () => (await store.requireMember('lab', 'u0')).epoch;
      const before = await epoch();
      await store.raiseEpochs(
        [
          { groupId: 'none', epoch: 9 },
          { groupId: 'LAB', epoch: before + 5 },
        ],
        2,
      );
      assert.equal(await epoch(), before + 5);
      await store.raiseEpochs(
        [
          { groupId: 'lab', epoch: before },
          { groupId: 'lab', epoch: 9e15 },
        ],
        2,
      );
      assert.equal(await epoch(), before + 5);
    });
  });
}
