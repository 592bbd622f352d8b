import type { Kind, MovedTable } from './moved-tables.js';

const SQLITE_TYPES: Readonly<Record<Kind, string>> = {
  text: 'text',
  'text?': 'text',
  integer: 'integer',
  'integer?': 'integer',
  bytes: 'blob',
};

/** Why PostgreSQL would refuse a row, in words, and the condition of SQLite. */
export function* faultsOf({ columns, rules = {} }: MovedTable): Generator<readonly [says: string, condition: string]> {
  for (const [column, kind] of Object.entries(columns)) {
    const type = SQLITE_TYPES[kind];
    const orNothing = kind.endsWith('?') ? ` AND ${column} IS NOT NULL` : '';
    yield [`its ${column} is no ${type}`, `typeof(${column}) <> '${type}'${orNothing}`];
    if (type === 'text') yield [`its ${column} has the character NUL`, `instr(${column}, char(0)) > 0`];
    if (type === 'integer')
      yield [
        `its ${column} is too large`,
        `${column} NOT BETWEEN -${Number.MAX_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`,
      ];
  }
  for (const [condition, says] of Object.entries(rules)) yield [says, `NOT (${condition})`];
}
