import { setImmediate } from 'node:timers/promises';
import { ShoalError } from '@shoal/sdk/protocol';
import { Kysely, SqliteDialect } from 'kysely';
import { DEFAULT_QUOTAS, type Quotas } from '../quotas.js';
import type { Store } from '../store.js';
import { sqliteAccounts } from './accounts.js';
import { availableDrivers, type SqliteDriver } from './database/drivers.js';
import { tellingFailures } from './database/failures.js';
import { openDatabase, writeOnTrial } from './database/open-database.js';
import { keepingStatements } from './database/statement-cache.js';
import type { Tables } from './database/tables.js';
import { forgetEmptyFolders, sqliteEmptyFolders } from './files/empty-folders.js';
import { sqliteFiles } from './files/files.js';
import { sqliteVersions } from './files/versions.js';
import { sqliteGroups } from './groups/groups.js';
import { fillLooks } from './queries/fill-looks.js';
import { dropUnused, forgetRemoved, forgetVersions, type Place } from './queries/forgetting.js';
import { sqliteManifests } from './sharing/manifests.js';
import { sqliteOwnShares } from './sharing/own-shares.js';

export interface SqliteOptions {
  /** Default: the first one that this runtime has. */
  readonly driver?: SqliteDriver;
  /** Quotas that differ from the defaults. */
  readonly quotas?: Partial<Quotas>;
  /** Whether a database exists, so that an empty one is not mistaken for a new one. Default false. */
  readonly isExpected?: boolean;
}

/**
 * Opens the store in one SQLite file, for a tracker on one machine.
 * @throws ShoalError `DATA_DIR_NEWER`, `DATA_DIR_INVALID`, `NO_SPACE`, `DISK_ERROR`
 */
export async function openSqliteStore(
  path: string,
  { driver, quotas, isExpected = false }: SqliteOptions = {},
): Promise<Store> {
  const chosen = driver ?? (await availableDrivers())[0];
  if (!chosen) {
    throw new ShoalError(
      'INTERNAL',
      'This computer has no SQLite for Node: install the package libsql for it, or use Node 24.',
    );
  }
  const bounds = { ...DEFAULT_QUOTAS, ...quotas };
  /** Whether the disk has failed since the last successful trial write. */
  let hasFailed = false;
  let isClosed = false;
  const opened = openDatabase(chosen, path, isExpected);
  const database = tellingFailures(opened, () => {
    hasFailed = true;
  });
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepingStatements(database) }) });
  try {
    await fillLooks(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const count = async (table: 'users' | 'groups' | 'files') => {
    const row = await db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };
  return {
    ...sqliteAccounts(db),
    ...sqliteGroups(db, bounds),
    ...sqliteFiles(db, bounds),
    ...sqliteVersions(db, bounds),
    ...sqliteEmptyFolders(db, bounds),
    ...sqliteOwnShares(db),
    ...sqliteManifests(db, bounds),

    async sweep(nowMs, unusedSinceMs) {
      await db.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute();
      for (const forget of [forgetVersions, forgetEmptyFolders]) {
        let place: Place | undefined = { groupKey: '', fileKey: '' };
        while (place && !isClosed) {
          const from: Place = place;
          place = await db.transaction().execute((tx) => forget(tx, from, nowMs));
          await setImmediate(); // requests have their turn
        }
      }
      while (!isClosed && (await forgetRemoved(db, nowMs))) await setImmediate();
      while (!isClosed && (await dropUnused(db, unusedSinceMs))) await setImmediate();
    },

    async counts() {
      const { versions } = await db
        .selectFrom('groups')
        .select(({ fn }) => fn.sum<number | null>('versions').as('versions'))
        .executeTakeFirstOrThrow();
      return {
        ...{ users: await count('users'), groups: await count('groups'), files: await count('files') },
        versions: Number(versions ?? 0),
      };
    },

    async check() {
      await count('users');
      if (!hasFailed) return;
      writeOnTrial(database);
      hasFailed = false;
    },

    async close() {
      isClosed = true;
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)'); // libsql leaves it all in the log, and a copy of the file empty
      } finally {
        await db.destroy();
      }
    },
  };
}
