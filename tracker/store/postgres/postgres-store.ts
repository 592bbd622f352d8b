import { Kysely, PostgresDialect, sql } from 'kysely';
import { DEFAULT_QUOTAS, type Quotas } from '../quotas.js';
import { MIGRATIONS } from '../sql/schema/migrations.js';
import { type DatabaseCare, sqlStore } from '../sql/sql-store.js';
import type { Tables } from '../sql/tables.js';
import type { SqlDatabase } from '../sql/transact.js';
import type { Store } from '../store.js';
import { storeIsAway } from '../store-errors.js';
import { type ChangeShared, changeShared } from './change-shared.js';
import { openPostgres } from './open-postgres.js';
import { ConnectionPool, type Health } from './pool.js';
import { parsePostgresUrl } from './postgres-url.js';
import { Primary } from './primary.js';
import { retrying } from './retrying.js';
import { refuseNewer } from './schema-version.js';

export interface PostgresOptions {
  /** Quotas that differ from the defaults. */
  readonly quotas?: Partial<Quotas> | undefined;
  /** Told when the database is lost, and when it is back. */
  readonly health?: Health | undefined;
}

/** A store that also has what all of its trackers share. */
export interface PostgresStore extends Store {
  /** Returns a value that all trackers share. The first of them makes it. */
  shared(name: string, make: () => Promise<string>): Promise<string>;
  /** Such a value if there is one. */
  found(name: string): Promise<string | undefined>;
  /** Changes such values in one step; see `ChangeShared`. */
  changeShared(names: readonly string[], change: ChangeShared): Promise<void>;
  /** The URL of the database without its password, for people. */
  readonly shown: string;
}

const UNHEARD: Health = { away: () => {}, back: () => {} };

/**
 * Opens the store in a database of PostgreSQL, for any number of trackers.
 * @throws ShoalError `USAGE`, `UNAVAILABLE`, `PERMISSION_DENIED`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`
 */
export async function openPostgresStore(
  url: string,
  { quotas, health = UNHEARD }: PostgresOptions = {},
): Promise<PostgresStore> {
  const place = parsePostgresUrl(url);
  const primary = new Primary(place);
  await openPostgres(place, { primary });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new ConnectionPool(place, primary, health) }) });
  const care: DatabaseCare = {
    async check() {
      const { rows } = await sql<{ version: number; min_reader: number; read_only: string }>`
        select version, min_reader, current_setting('transaction_read_only') as read_only from tracker_schema`.execute(
        db,
      );
      const [row] = rows;
      if (!row || row.read_only === 'on') throw storeIsAway(new Error('The database is read-only.'));
      refuseNewer({ version: row.version, minReader: row.min_reader }, MIGRATIONS.length, place.shown);
    },

    close: () => db.destroy(),
  };
  const transact = retrying(db);
  return {
    ...sqlStore({ db, transact }, { ...DEFAULT_QUOTAS, ...quotas }, care),
    shared: (name, make) => sharedValue({ db, transact }, name, make),
    found: (name) => findShared(db, name),
    changeShared: (names, change) => changeShared(transact, names, change),
    shown: place.shown,
  };
}

async function sharedValue({ db, transact }: SqlDatabase, name: string, make: () => Promise<string>): Promise<string> {
  const there = await findShared(db, name);
  if (there !== undefined) return there;
  const row = { name, value: await make(), created_at_ms: Date.now() };
  return transact(undefined, async (tx) => {
    const { value } = await tx
      .insertInto('tracker_keys')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(({ ref }) => ({ name: ref('excluded.name') }))) // another tracker was faster: its value stays
      .returning('value')
      .executeTakeFirstOrThrow();
    return value;
  });
}

async function findShared(db: Kysely<Tables>, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('tracker_keys').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}
