/** What the databases say differently in the steps of the schema. */
export interface SchemaWords {
  /** A whole number of up to 53 bits. */
  readonly integer: string;
  readonly bytes: string;
  /** Text that is compared and sorted by its bytes. */
  readonly text: string;
  /** Statements for SQLite alone: what it says in its own way, and rows that no PostgreSQL database had at that step. */
  sqlite(statements: string): string;
  /** Statements for PostgreSQL alone. */
  postgres(statements: string): string;
}

const same = (statements: string) => statements;
const nothing = () => '';

export const SQLITE: SchemaWords = {
  integer: 'INTEGER',
  bytes: 'BLOB',
  text: 'TEXT',
  sqlite: same,
  postgres: nothing,
};

export const POSTGRES: SchemaWords = {
  integer: 'BIGINT',
  bytes: 'BYTEA',
  text: 'TEXT COLLATE "C"',
  sqlite: nothing,
  postgres: same,
};
