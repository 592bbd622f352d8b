import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableDrivers, type SqliteDriver } from '../../../../tracker/store/sqlite/drivers.js';
import { MIGRATIONS } from '../../../../tracker/store/sqlite/migrations.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import { hasCode } from '../../../support/has-code.js';
import { writeCrowd } from '../../crowd.js';
import { madeManifest } from '../../made-manifest.js';

const drivers = await availableDrivers();

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
      database.exec(`${MIGRATIONS[0]} PRAGMA user_version = 1`);
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
      await writeCrowd(path, { groups, requests: [['group 0', 'user 1']] });
      const store = await openSqliteStore(path, { driver: spy });
      const after = { atMs: 0, userId: 'user 1' };
      const lists: Record<string, () => Promise<unknown>> = {
        'all groups': () => store.listGroups('user 1', { after: 'group 1', limit: 9 }),
        "a user's groups": () => store.listGroups('user 1', { mine: true, after: 'group 1', limit: 9 }),
        members: () => store.listMembers('group 0', { after, limit: 9 }),
        requests: () => store.listRequests('group 0', 'user 0', { after, limit: 9 }),
        files: () => store.listFiles('group 0', 'user 0', { after: 'a', limit: 9 }),
      };
      const database = driver.open(path);
      for (const [what, list] of Object.entries(lists)) {
        prepared.clear();
        await list();
        for (const sql of prepared) {
          const places = (sql.match(/\?/g) ?? []).map(() => 1);
          const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(places) as { detail: string }[];
          const steps = plan.map(({ detail }) => detail).join('; ');
          assert.doesNotMatch(steps, /SCAN|TEMP B-TREE/, `${what}: ${sql}: ${steps}`);
        }
        assert.ok(prepared.size > 0);
      }
      database.close();
      await store.close();
    });
  });
}
