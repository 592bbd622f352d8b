import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.js';

/** A connection in a step of the store. */
export type Step = Transaction<Tables>;

/**
 * Does one step of the store: all of it or nothing, as if it were alone. The database may have the work done again from
 * its beginning, so the work reads and writes the database only.
 * @param turn steps with the same one are likely to be in each other's way; undefined: with none
 * @throws ShoalError `UNAVAILABLE` if others come in between each time
 */
export type Transact = <T>(turn: string | undefined, work: (tx: Step) => Promise<T>) => Promise<T>;

/** A database of this schema. */
export interface SqlDatabase {
  /** For reads of one statement each. */
  readonly db: Kysely<Tables>;
  readonly transact: Transact;
}
