import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { availableDrivers } from '../../../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import type { Store } from '../../../../tracker/store/store.js';
import type { NewVersion, PublishedFile } from '../../../../tracker/store/versions.js';
import { hasCode } from '../../../support/has-code.js';
import { madeManifest } from '../../made-manifest.js';
import { stopShare } from '../stop-share.js';
import {
  CONTENTS,
  DEVICES,
  KEPT,
  NAMES,
  USERS,
  VersionModel,
  type VersionStep,
  versionSteps,
} from '../version-model.js';

const DAY_MS = 86_400_000;
const PAGE = { limit: 1000 };

/** What triggers count, beside what there is: no row of the answer may differ. */
const MISCOUNTED = `
  SELECT 'files' AS what, group_key AS key FROM groups
    WHERE files <> (SELECT count(*) FROM files WHERE files.group_key = groups.group_key)
  UNION ALL SELECT 'versions', group_key FROM groups
    WHERE versions <> (SELECT count(*) FROM versions WHERE versions.group_key = groups.group_key)
  UNION ALL SELECT 'removed', group_key FROM groups
    WHERE removed <> (SELECT count(*) FROM removed_files WHERE removed_files.group_key = groups.group_key)
  UNION ALL SELECT 'versions of a file', file_key FROM files WHERE versions <> (
    SELECT count(*) FROM versions WHERE versions.group_key = files.group_key AND versions.file_key = files.file_key)
  UNION ALL SELECT 'newest', file_key FROM files WHERE NOT EXISTS (
    SELECT 1 FROM versions WHERE versions.group_key = files.group_key AND versions.file_key = files.file_key
      AND versions.version = files.version AND versions.manifest_id = files.manifest_id)
  UNION ALL SELECT 'shares of a user', user_key FROM users
    WHERE files <> (SELECT count(*) FROM shares WHERE shares.user_key = users.user_key)
  UNION ALL SELECT 'bytes of a user', user_key FROM users WHERE bytes <> (
    SELECT coalesce(sum(size_bytes), 0) FROM shares JOIN versions USING (group_key, file_key, version)
      JOIN manifests USING (manifest_id) WHERE shares.user_key = users.user_key)
  UNION ALL SELECT 'shares of a device', device_id FROM devices WHERE files <> (
    SELECT count(*) FROM shares WHERE shares.user_key = devices.user_key AND shares.device_id = devices.device_id)
  UNION ALL SELECT 'unused', manifest_id FROM manifests WHERE (manifest_id IN (SELECT manifest_id FROM unused_manifests))
    = (manifest_id IN (SELECT manifest_id FROM versions))`;

for (const driver of await availableDrivers()) {
  describe(`versions in ${driver.name}`, () => {
    let folder = '';
    let path = '';
    let store: Store;

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      path = join(folder, 'tracker.db');
      store = await openSqliteStore(path, { driver });
      for (const userId of USERS) await store.createUser({ userId, passwordHash: '', nowMs: 1 });
    });
    afterEach(async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    async function group(groupId: string): Promise<void> {
      await store.createGroup(groupId, 'u0', 1, { keepVersions: KEPT, keepDays: 0 });
      for (const userId of USERS.slice(1)) {
        await store.requestToJoin(groupId, userId, 2);
        await store.decideRequest(groupId, 'u0', userId, true, 3);
      }
    }

    function content(seed: number, sizeBytes = 5 + seed): Omit<NewVersion, 'fileName' | 'base'> {
      const { manifestId, manifest } = madeManifest(seed);
      return { manifestId, manifest: { ...manifest, sizeBytes } };
    }

    const [deviceId = ''] = DEVICES;
    async function publish(version: NewVersion, userId = 'u0', nowMs = 10): Promise<PublishedFile> {
      const about = { groupId: 'lab', userId, deviceId, nowMs };
      const [published] = await store.publishVersions({ ...about, files: [version] });
      if (!published || 'code' in published) throw published ?? new Error('nothing');
      return published;
    }

    async function take(groupId: string, taken: VersionStep, model: VersionModel, nowMs: number): Promise<string> {
      const { kind, user: userId, device, name: fileName } = taken;
      const about = { groupId, userId, deviceId: device, nowMs };
      const item = { fileName, ...content(taken.content) };
      try {
        if (kind === 'publish' || kind === 'share') {
          const [one] =
            kind === 'share'
              ? await store.shareFiles({ ...about, files: [item] })
              : await store.publishVersions({ ...about, files: [{ ...item, base: model.baseOf(taken) }] });
          if (!one || 'code' in one) throw one ?? new Error('nothing');
          return `ok ${one.file.version} ${one.file.sharedBy}`;
        }
        if (kind === 'stop') await stopShare(store, { groupId, userId, deviceId: device, fileName });
        if (kind === 'remove') {
          const [one] = await store.removeFiles({ groupId, userId, nowMs, fileNames: [fileName] });
          if (one && 'code' in one) throw one;
        }
        if (kind === 'open')
          await store.changeGroup(groupId, 'u0', { publishers: model.isOpen ? 'author' : 'members' });
        if (kind === 'forget') await store.sweep(nowMs + 1, 0);
        if (kind === 'reopen') {
          await store.close();
          store = await openSqliteStore(path, { driver });
        }
        return 'ok';
      } catch (error) {
        if (!(error instanceof ShoalError)) throw error;
        return error.newest ? `${error.code} ${error.newest.version}` : error.code;
      }
    }

    async function lines(groupId: string): Promise<string[]> {
      const contents = Array.from({ length: CONTENTS }, (_, seed) => madeManifest(seed).manifestId);
      const listed: string[] = [];
      for (const file of await store.listFiles(groupId, 'u1', PAGE)) {
        const { versions } = await store.listVersions(groupId, 'u1', file.fileName, PAGE);
        assert.deepEqual([versions[0]?.version, versions[0]?.manifestId], [file.version, file.manifestId]);
        for (const { version, manifestId, publishedBy, members } of versions.toReversed())
          listed.push(`${file.fileName} ${version} ${contents.indexOf(manifestId)} ${publishedBy} ${members}`);
      }
      return listed;
    }

    it('are all kept, in order and counted, whatever is published, registered, stopped, removed and forgotten', async () => {
      let round = 0;
      let nowMs = 100;
      const database = driver.open(path);
      await fc.assert(
        fc.asyncProperty(versionSteps, async (steps) => {
          const groupId = `group ${round++}`;
          await group(groupId);
          const model = new VersionModel();
          for (const taken of steps) {
            const actual = await take(groupId, taken, model, nowMs++);
            assert.equal(actual, model.take(taken), JSON.stringify(taken));
            assert.deepEqual((await lines(groupId)).sort(), model.lines.sort());
          }
          assert.deepEqual(database.prepare(MISCOUNTED).all([]), []);
        }),
        { numRuns: 60 },
      );
      database.close();
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
      store = await openSqliteStore(path, { driver, quotas: { removedPerGroup: 2 } });
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
      store = await openSqliteStore(path, { driver, quotas: { versionsPerFile: 2, versionsPerGroup: 3 } });
      await group('lab');
      for (const base of [0, 1]) await publish({ fileName: 'a', base, ...content(base) });
      await assert.rejects(publish({ fileName: 'a', base: 2, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
      await publish({ fileName: 'b', base: 0, ...content(1) });
      await assert.rejects(publish({ fileName: 'b', base: 1, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
      await assert.rejects(publish({ fileName: 'c', base: 2 ** 31 - 1, ...content(2) }), hasCode('QUOTA_EXCEEDED'));
    });

    it('count for the quota of a user with the version that each device has', async () => {
      await store.close();
      store = await openSqliteStore(path, { driver, quotas: { bytesPerUser: 10 } });
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
