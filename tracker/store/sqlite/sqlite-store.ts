import { Kysely, SqliteDialect } from 'kysely';
import { DEFAULT_QUOTAS, type Quotas } from '../quotas.js';
import { fillLooks } from '../sql/schema/fill-looks.js';
import { type DatabaseCare, sqlStore } from '../sql/sql-store.js';
import type { Tables } from '../sql/tables.js';
import type { SqlDatabase } from '../sql/transact.js';
import type { Store } from '../store.js';
import { requireDriver, type SqliteDriver } from './drivers.js';
import { tellingFailures } from './failures.js';
import { openDatabase, writeOnTrial } from './open-database.js';
import { keepingStatements } from './statement-cache.js';

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
  const chosen = driver ?? (await requireDriver());
  /** Whether the disk has failed since the last successful trial write. */
  let hasFailed = false;
  const opened = openDatabase(chosen, path, isExpected);
  const database = tellingFailures(opened, () => {
    hasFailed = true;
  });
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepingStatements(database) }) });
  /** There is one connection, so every step is alone. */
  const steps: SqlDatabase = { db, transact: (_turn, work) => db.transaction().execute(work) };
  try {
    await fillLooks(steps);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const care: DatabaseCare = {
    async check() {
      await db.selectFrom('users').select('user_key').limit(1).execute();
      if (!hasFailed) return;
      writeOnTrial(database);
      hasFailed = false;
    },

    async close() {
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)'); // libsql leaves it all in the log, and a copy of the file empty
      } finally {
        await db.destroy();
      }
    },
  };
  return sqlStore(steps, { ...DEFAULT_QUOTAS, ...quotas }, care);
}
