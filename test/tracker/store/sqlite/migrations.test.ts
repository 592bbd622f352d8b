import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS } from '../../../../tracker/store/sql/schema/migrations.js';
import { SQLITE } from '../../../../tracker/store/sql/schema/schema-words.js';
import { availableDrivers, type SqliteDriver } from '../../../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import { hasCode } from '../../../support/has-code.js';
import { writeCrowd } from '../../crowd.js';
import { madeManifest } from '../../made-manifest.js';

const drivers = await availableDrivers();

function stepsTo(version: number): string {
  return MIGRATIONS.slice(0, version)
    .map((step) => step.statements(SQLITE))
    .join('');
}

for (const driver of drivers) {
  describe(`a database in ${driver.name}`, () => {
    let path = '';
    let folder = '';

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      path = join(folder, 'tracker.db');
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it('of the first version is counted when it is migrated', async () => {
      const database = driver.open(path);
      database.exec(`${stepsTo(1)} PRAGMA user_version = 1`);
      const [used, unused] = [madeManifest(1).manifestId, madeManifest(2).manifestId];
      database.exec(`
        INSERT INTO users VALUES ('ann', 'Ann', '', 1), ('bob', 'Bob', '', 1);
        INSERT INTO groups VALUES ('lab', 'Lab', 'ann', 5), ('club', 'Club', 'bob', 5);
        INSERT INTO memberships VALUES ('lab', 'ann', 1), ('lab', 'bob', 2), ('club', 'bob', 1);
        INSERT INTO manifests VALUES ('${used}', 7, x'00', 1000), ('${unused}', 7, x'00', 1000);
        INSERT INTO files VALUES ('lab', 'a', 'a', '${used}', 'Ann', 1), ('lab', 'b', 'b', '${used}', 'Ann', 1);
        INSERT INTO shares VALUES ('lab', 'a', 'ann', 'd1'), ('lab', 'b', 'ann', 'd1'), ('lab', 'b', 'ann', 'd2'), ('lab', 'b', 'bob', 'd1');
      `);
      database.close();

      const share = (fileName: string, deviceId: string, userId = 'ann') => ({
        ...{ groupId: 'lab', userId, deviceId, nowMs: 1 },
        files: [{ fileName, manifestId: used }],
      });
      const open = (quotas: object) => openSqliteStore(path, { driver, quotas });
      const outcome = async (quotas: object, ...asked: Parameters<typeof share>) => {
        const store = await open(quotas);
        const [one] = await store.shareFiles(share(...asked));
        await store.close();
        return one && 'code' in one ? one.code : 'ok';
      };
      assert.equal(await outcome({ filesPerUser: 3 }, 'c', 'd9'), 'QUOTA_EXCEEDED');
      assert.equal(await outcome({ filesPerDevice: 2 }, 'c', 'd1'), 'QUOTA_EXCEEDED');
      assert.equal(await outcome({ filesPerGroup: 2 }, 'c', 'd1'), 'QUOTA_EXCEEDED');
      assert.equal(await outcome({ bytesPerUser: 27 }, 'c', 'd1'), 'QUOTA_EXCEEDED');
      assert.equal(await outcome({ filesPerUser: 3, bytesPerUser: 21 }, 'b', 'd1'), 'ok', 'it is shared already');
      assert.equal(
        await outcome({ filesPerDevice: 2, filesPerUser: 2, filesPerGroup: 3, bytesPerUser: 14 }, 'c', 'd1', 'bob'),
        'ok',
      );

      const store = await open({});
      const groups = await store.listGroups('bob', { limit: 9 });
      assert.deepEqual(
        groups.map(({ groupId, members }) => [groupId, members]),
        [
          ['Club', 1],
          ['Lab', 2],
        ],
      );
      await store.sweep(5000, 5000);
      await assert.rejects(store.findFile('lab', 'ann', 'none'), hasCode('FILE_NOT_FOUND'));
      const [missing] = await store.shareFiles({ ...share('d', 'd1'), files: [{ fileName: 'd', manifestId: unused }] });
      assert.equal(missing && 'code' in missing && missing.code, 'MANIFEST_MISSING', 'what no file had is swept');
      await store.close();
    });

    it('of the third version has each file as its version 1', async () => {
      const database = driver.open(path);
      database.exec(`${stepsTo(3)} PRAGMA user_version = 3`);
      const [used, unused] = [madeManifest(1), madeManifest(2)];
      const [one, two] = ['aa'.repeat(32), 'bb'.repeat(32)];
      database.exec(`
        INSERT INTO users (user_key, user_id, password_hash, created_at_ms) VALUES ('ann', 'Ann', '', 1), ('bob', 'Bob', '', 1);
        INSERT INTO groups (group_key, group_id, owner_key, epoch) VALUES ('lab', 'Lab', 'bob', 5);
        INSERT INTO memberships VALUES ('lab', 'ann', 1), ('lab', 'bob', 2);
        INSERT INTO manifests VALUES ('${used.manifestId}', 5, x'00', 1000), ('${unused.manifestId}', 5, x'00', 1000);
        INSERT INTO unused_manifests VALUES ('${unused.manifestId}', 'ann', 4096);
        INSERT INTO files VALUES ('lab', 'a', 'A', '${used.manifestId}', 'Ann', 77), ('lab', 'b', 'b', '${used.manifestId}', 'Bob', 78);
        INSERT INTO shares VALUES ('lab', 'a', 'bob', '${one}'), ('lab', 'a', 'ann', '${two}'), ('lab', 'b', 'ann', '${two}');
      `);
      database.close();
      const quotas = { filesPerUser: 3, bytesPerUser: 15 };
      const store = await openSqliteStore(path, { driver, quotas });
      const first = { version: 1, publishedBy: 'Ann', publishedAtMs: 77 };
      const content = { manifestId: used.manifestId, sizeBytes: 5 };
      assert.deepEqual(await store.findFile('lab', 'ann', 'a'), {
        ...{ groupId: 'Lab', fileName: 'A', sharedBy: 'Ann', sharedAtMs: 77, ...content },
        ...first,
      });
      const listed = async (name: string) => (await store.listVersions('lab', 'ann', name, { limit: 9 })).versions;
      assert.deepEqual(await listed('a'), [{ ...first, ...content, deviceId: two, members: 2 }]);
      assert.deepEqual(
        (await listed('b')).map(({ deviceId, members }) => [deviceId, members]),
        [[two, 1]],
        'a device that has it, if none of the author is left',
      );
      const group = await store.requireMember('lab', 'ann');
      assert.deepEqual([group.publishers, group.keepVersions, group.keepDays], ['author', 10, 90]);

      const about = { groupId: 'lab', userId: 'ann', deviceId: two, nowMs: 100 };
      const next = { fileName: 'a', base: 1, ...madeManifest(3) };
      const [published] = await store.publishVersions({ ...about, files: [next] });
      assert.ok(published && !('code' in published) && published.file.version === 2);
      const twoMore = ['c', 'd'].map((fileName) => ({ fileName, manifestId: used.manifestId }));
      const shared = await store.shareFiles({ ...about, files: twoMore });
      assert.deepEqual(
        shared.map((result) => ('code' in result ? result.code : 'ok')),
        ['ok', 'QUOTA_EXCEEDED'],
        'Ann shares two files of five bytes already',
      );
      await store.sweep(5000, 5000);
      assert.ok(await store.readManifest(used.manifestId, 'ann'));
      const [missing] = await store.shareFiles({ ...about, files: [{ fileName: 'a', manifestId: unused.manifestId }] });
      assert.ok(missing && 'code' in missing && missing.code === 'NAME_TAKEN');
      await store.close();
    });

    it('follows an index for every page of a list', async () => {
      const prepared = new Set<string>();
      const spy: SqliteDriver = {
        name: driver.name,
        open: (place) => {
          const database = driver.open(place);
          const prepare = (sql: string) => {
            prepared.add(sql);
            return database.prepare(sql);
          };
          return { ...database, prepare };
        },
      };
      const groups = Array.from({ length: 300 }, (_, index) => [`group ${index}`, `user ${index % 7}`] as const);
      const files = [['group 0', 'a', 'user 0']] as const;
      await writeCrowd(path, { groups, requests: [['group 0', 'user 1']], files });
      const store = await openSqliteStore(path, { driver: spy });
      const after = { atMs: 0, userId: 'user 1' };
      const lists: Record<string, () => Promise<unknown>> = {
        'all groups': () => store.listGroups('user 1', { after: 'group 1', limit: 9 }),
        "a user's groups": () => store.listGroups('user 1', { mine: true, after: 'group 1', limit: 9 }),
        members: () => store.listMembers('group 0', { after, limit: 9 }),
        requests: () => store.listRequests('group 0', 'user 0', { after, limit: 9 }),
        files: () => store.listFiles('group 0', 'user 0', { after: 'a', limit: 9 }),
        'files by name': () => store.findFiles('group 0', 'user 0', ['a', 'b']),
        versions: () => store.listVersions('group 0', 'user 0', 'a', { before: 9, limit: 9 }),
      };
      const database = driver.open(path);
      for (const [what, list] of Object.entries(lists)) {
        prepared.clear();
        await list();
        for (const sql of prepared) {
          const places = (sql.match(/\?/g) ?? []).map(() => 1);
          const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(places) as { detail: string }[];
          const steps = plan.map(({ detail }) => detail).join('; ');
          assert.doesNotMatch(steps, /SCAN|TEMP B-TREE|versions_1 \(group_key=\?\)/, `${what}: ${sql}: ${steps}`);
        }
        assert.ok(prepared.size > 0);
      }
      database.close();
      await store.close();
    });
  });
}
