import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from './tables.js';

/**
 * Texts as the rows of a table function, whose column `value` has them. They are one parameter, so that there is one
 * statement for any number.
 */
export function listOf(_db: Kysely<Tables>, texts: readonly string[]): RawBuilder<unknown> {
  return sql`json_each(${JSON.stringify(texts)})`;
}

/** Rows as one parameter. The column `value` has each as a list: `value ->> 0` is its first element. */
export function rowsOf(
  _db: Kysely<Tables>,
  rows: readonly (readonly (string | number | null)[])[],
): RawBuilder<unknown> {
  return sql`json_each(${JSON.stringify(rows)})`;
}
