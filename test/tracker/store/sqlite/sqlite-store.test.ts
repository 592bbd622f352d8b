import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableDrivers } from '../../../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import { describeLists } from '../list-conformance.js';
import { describeQuotas } from '../quota-conformance.js';
import { describeSharing } from '../sharing-conformance.js';
import { describeStore, type StorePlace } from '../store-conformance.js';
import { hasCode } from '../../../support/has-code.js';

const drivers = await availableDrivers();

describe('SQLite', () => {
  it('is to be had', () => {
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
        remove: async () => rmSync(folder, { recursive: true, force: true }),
      };
    };
    describeStore(driver.name, place);
    describeSharing(driver.name, place);
    describeLists(driver.name, place);
    describeQuotas(driver.name, place);

    it(`leaves all that it keeps in one file when it is closed (${driver.name})`, async () => {
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

    it(`refuses a newer database, and a file that is none, and leaves them as they are (${driver.name})`, async () => {
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
  }
});
