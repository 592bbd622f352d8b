import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** Does one step of the store: all of it or nothing, as if it were alone. */
export function transact<T>(db: Kysely<Tables>, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}
