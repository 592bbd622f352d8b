import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { Tables } from './tables.js';

/** What the databases say differently in queries. */
interface SqlWords {
  /** The elements of a JSON list of texts as the rows of a table, in its column `value`. */
  texts(json: string): RawBuilder<unknown>;
  /** The elements of a JSON list of lists as the rows of a table: in its column `value`, with the operator `->>`. */
  lists(json: string): RawBuilder<unknown>;
}

const SQLITE: SqlWords = {
  texts: (json) => sql`json_each(${json})`,
  lists: (json) => sql`json_each(${json})`,
};

const POSTGRES: SqlWords = {
  texts: (json) => sql`jsonb_array_elements_text(cast(${json} as jsonb))`,
  lists: (json) => sql`jsonb_array_elements(cast(${json} as jsonb))`,
};

function wordsOf(db: Kysely<Tables>): SqlWords {
  return db.getExecutor().adapter instanceof PostgresAdapter ? POSTGRES : SQLITE;
}

/** Texts as the rows of a table, in its column `value`. They are one parameter, so that there is one statement for any number. */
export function listOf(db: Kysely<Tables>, texts: readonly string[]): RawBuilder<unknown> {
  return wordsOf(db).texts(JSON.stringify(texts));
}

/** Rows as one parameter. The column `value` has each as a list: `value ->> 0` is its first element, as text. */
export function rowsOf(
  db: Kysely<Tables>,
  rows: readonly (readonly (string | number | null)[])[],
): RawBuilder<unknown> {
  return wordsOf(db).lists(JSON.stringify(rows));
}
