import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Statements that are kept; lists of values make many that differ in their length alone. */
const MAX_KEPT = 256;

/** Prepares each statement once: to do so for every query takes as long as the query itself. */
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
