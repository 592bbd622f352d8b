import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS } from '../../../../tracker/store/sql/schema/migrations.js';
import { SQLITE } from '../../../../tracker/store/sql/schema/schema-words.js';
import { availableDrivers, type Database, type SqliteDriver } from '../../../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import { hasCode } from '../../../support/has-code.js';
import { describeAccounts } from '../account-conformance.js';
import { describeEmptyFolders } from '../empty-folder-conformance.js';
import { describeLists } from '../list-conformance.js';
import { describeQuotas } from '../quota-conformance.js';
import { describeSharing } from '../sharing-conformance.js';
import { describeStore, type StorePlace } from '../store-conformance.js';
import { describeVersions } from '../version-conformance.js';

const drivers = await availableDrivers();

describe('SQLite', () => {
  it('is available', () => {
    const names = drivers.map((driver) => driver.name);
    assert.ok(names.includes('libsql'));
    assert.equal(names.includes('node:sqlite'), Number(process.versions.node.split('.')[0]) >= 24);
  });

  for (const driver of drivers) {
    const place = async (): Promise<StorePlace & { folder: string }> => {
      const folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      return {
        folder,
        open: (quotas) => openSqliteStore(join(folder, 'tracker.db'), { driver, ...(quotas && { quotas }) }),
        query: async (statement) => {
          const database = driver.open(join(folder, 'tracker.db'));
          try {
            return database.prepare(statement).all([]);
          } finally {
            database.close();
          }
        },
        remove: async () => rmSync(folder, { recursive: true, force: true }),
      };
    };
    describeAccounts(driver.name, place);
    describeStore(driver.name, place);
    describeSharing(driver.name, place);
    describeLists(driver.name, place);
    describeQuotas(driver.name, place);
    describeVersions(driver.name, place);
    describeEmptyFolders(driver.name, place);

    it(`leaves all of its data in one file when it is closed (${driver.name})`, async () => {
      const { open, remove, folder } = await place();
      const store = await open();
      await store.createUser({ userId: 'ann', passwordHash: 'hash', nowMs: 1 });
      await store.close();
      const copy = join(folder, 'copy.db');
      copyFileSync(join(folder, 'tracker.db'), copy);
      const restored = await openSqliteStore(copy, { driver });
      assert.equal((await restored.findUser('ann'))?.passwordHash, 'hash');
      await restored.close();
      await remove();
    });

    it(`refuses a newer database, and another file, and does not change them (${driver.name})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      const path = join(folder, 'tracker.db');
      const database = driver.open(path);
      database.exec('CREATE TABLE news (x); PRAGMA user_version = 99');
      database.close();
      await assert.rejects(openSqliteStore(path, { driver }), hasCode('DATA_DIR_NEWER'));
      const other = join(folder, 'other.db');
      writeFileSync(other, 'no database at all, but long enough to look at it twice'.repeat(100));
      const before = readFileSync(other);
      await assert.rejects(openSqliteStore(other, { driver }), hasCode('DATA_DIR_INVALID'));
      assert.deepEqual(readFileSync(other), before);
      rmSync(folder, { recursive: true, force: true });
    });

    it(`fills in the skeletons of old names (${driver.name})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      const path = join(folder, 'tracker.db');
      const old = driver.open(path);
      old.exec(`${MIGRATIONS[0]?.statements(SQLITE)} PRAGMA user_version = 1;
        INSERT INTO users VALUES ('bob', 'Bob', '', 1), ('ann', 'ann', '', 1), ('\u0430nn', '\u0430nn', '', 1);
        INSERT INTO groups VALUES ('cop', 'Cop', 'bob', 1);`);
      old.close();
      const store = await openSqliteStore(path, { driver });
      assert.equal(
        (await store.findUser('\u0430nn'))?.userId,
        '\u0430nn',
        'one of before stays, whatever it looks like',
      );
      await assert.rejects(
        store.createUser({ userId: '\u0412\u041e\u0412', passwordHash: '', nowMs: 1 }),
        hasCode('USER_EXISTS'),
      );
      await assert.rejects(store.createGroup('\u0441\u043e\u0440', 'bob', 1), hasCode('GROUP_EXISTS'));
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it(`reports a full disk, changes nothing then, and continues to read (${driver.name})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shoal-store-'));
      let database: Database | undefined;
      const small: SqliteDriver = { name: 'small', open: (path) => (database = driver.open(path)) };
      const store = await openSqliteStore(join(folder, 'tracker.db'), {
        ...{ driver: small, quotas: { groupsOwnedPerUser: 1000, groupsPerUser: 1000 } },
      });
      await store.createUser({ userId: 'ann', passwordHash: 'hash', nowMs: 1 });
      await store.createSession({ tokenHash: 'token', userId: 'ann', expiresAtMs: 1000 });
      await store.createGroup('lab', 'ann', 1);
      database?.exec('PRAGMA max_page_count = 1'); // no page more than there are
      const passwordHash = 'x'.repeat(20_000);
      await assert.rejects(store.createUser({ userId: 'bob', passwordHash, nowMs: 1 }), hasCode('NO_SPACE'));
      const group = async (index: number) => store.createGroup(`${index}${'g'.repeat(60)}`, 'ann', 1);
      const made: string[] = [];
      const filling = async () => {
        for (let index = 0; index < 500; index++) made.push((await group(index)).groupId);
      };
      await assert.rejects(filling(), hasCode('NO_SPACE'), 'in a transaction, too');
      assert.equal((await store.listGroups('ann', { limit: 10_000 })).length, made.length + 1);
      assert.equal(await store.findUser('bob'), undefined);
      assert.equal((await store.findSession('token', 500))?.userId, 'ann');
      assert.equal(await store.findSession('token', 1000), undefined);
      database?.exec('PRAGMA max_page_count = 1000000');
      await store.check();
      await store.createUser({ userId: 'bob', passwordHash, nowMs: 1 });
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it(`is not ready while nothing can be written (${driver.name})`, async () => {
      let isBroken = false;
      const broken: SqliteDriver = {
        name: 'broken',
        open: (path) => {
          const database = driver.open(path);
          const unlessBroken = <T>(act: () => T): T => {
            if (!isBroken) return act();
            throw Object.assign(new Error('disk I/O error'), { errcode: 778, code: 'SQLITE_IOERR_WRITE' });
          };
          return {
            ...database,
            exec: (sql) => unlessBroken(() => database.exec(sql)),
            prepare: (sql) => {
              const statement = database.prepare(sql);
              return { ...statement, run: (parameters) => unlessBroken(() => statement.run(parameters)) };
            },
          };
        },
      };
      const store = await openSqliteStore(':memory:', { driver: broken });
      await store.check();
      isBroken = true;
      await store.check(); // nobody has noticed it yet
      await assert.rejects(store.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 }), hasCode('DISK_ERROR'));
      await assert.rejects(store.check(), hasCode('DISK_ERROR'));
      assert.equal(await store.findUser('ann'), undefined);
      isBroken = false;
      await store.check();
      await store.createUser({ userId: 'ann', passwordHash: '', nowMs: 1 });
      await store.close();
    });
  }
});
