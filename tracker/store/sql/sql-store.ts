import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Quotas } from '../quotas.js';
import type { Store } from '../store.js';
import { sqlAccounts } from './accounts.js';
import { forgetEmptyFolders, sqlEmptyFolders } from './files/empty-folders.js';
import { sqlFiles } from './files/files.js';
import { dropUnused, forgetRemoved, forgetVersions, type Place } from './files/forgetting.js';
import { sqlManifests } from './files/manifests.js';
import { sqlOwnShares } from './files/own-shares.js';
import { sqlVersions } from './files/versions.js';
import { sqlGroups } from './groups/groups.js';
import type { Tables } from './tables.js';
import type { SqlDatabase, Step } from './transact.js';

/** What a store does in its own way in each database. */
export type DatabaseCare = Pick<Store, 'check' | 'close'>;

/** The store in a database of this schema. */
export function sqlStore(database: SqlDatabase, quotas: Quotas, { check, close }: DatabaseCare): Store {
  const { db, transact } = database;
  let isClosed = false;
  return {
    ...sqlAccounts(database),
    ...sqlGroups(database, quotas),
    ...sqlFiles(database, quotas),
    ...sqlVersions(database, quotas),
    ...sqlEmptyFolders(database, quotas),
    ...sqlOwnShares(database),
    ...sqlManifests(database, quotas),

    async sweep(nowMs, unusedSinceMs) {
      await transact(undefined, (tx) => tx.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute());
      for (const forget of [forgetVersions, forgetEmptyFolders]) {
        let place: Place | undefined = { groupKey: '', fileKey: '' };
        while (place && !isClosed) {
          const from: Place = place;
          place = await transact(undefined, (tx) => forget(tx, from, nowMs));
          await setImmediate(); // requests have their turn
        }
      }
      for (const dropSome of [(tx: Step) => forgetRemoved(tx, nowMs), (tx: Step) => dropUnused(tx, unusedSinceMs)])
        while (!isClosed && (await transact(undefined, dropSome))) await setImmediate();
    },

    async counts() {
      const { versions } = await db
        .selectFrom('groups')
        .select(({ fn }) => fn.sum<number | null>('versions').as('versions'))
        .executeTakeFirstOrThrow();
      return {
        ...{
          users: await countOf(db, 'users'),
          groups: await countOf(db, 'groups'),
          files: await countOf(db, 'files'),
        },
        versions: Number(versions ?? 0),
      };
    },

    check,

    close() {
      isClosed = true;
      return close();
    },
  };
}

/** The number of rows of a table. */
async function countOf(db: Kysely<Tables>, table: 'users' | 'groups' | 'files'): Promise<number> {
  const row = await db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
