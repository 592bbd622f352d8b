import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Cached statements; lists of values create many that differ only in length. */
const MAX_KEPT = 256;

/** Prepares each statement once, because preparing takes as long as the query itself. */
export function keepingStatements(database: SqliteDatabase): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => {
      kept.clear();
      database.close();
    },
    prepare: (sql) => {
      const known = kept.get(sql);
      if (known) return known;
      if (kept.size >= MAX_KEPT) kept.clear();
      const statement = database.prepare(sql);
      kept.set(sql, statement);
      return statement;
    },
  };
}
