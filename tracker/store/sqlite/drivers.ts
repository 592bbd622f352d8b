import { ShoalError } from '@shoal/sdk/protocol';
import type { SqliteDatabase } from 'kysely';

/** An SQLite of this runtime: what Kysely needs, and a way to run plain SQL. */
export interface Database extends SqliteDatabase {
  exec(sql: string): void;
  readUserVersion(): number;
}

/** A driver for SQLite that this runtime has. */
export interface SqliteDriver {
  readonly name: string;
  open(path: string): Database;
}

/** The used part of `node:sqlite`. Node 20 has no such module, and its types do not declare it. */
interface NodeSqlite {
  DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void;
    close(): void;
    prepare(sql: string): NodeStatement;
  };
}

interface NodeStatement {
  columns(): unknown[];
  all(...parameters: unknown[]): object[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: unknown[]): IterableIterator<object>;
}

/** The module of Node if it exists (Node 24, VS Code), and the library with its own binary. The first one is used. */
export async function availableDrivers(): Promise<SqliteDriver[]> {
  const builtin = loadNodeSqlite();
  const library = await import('libsql').catch(() => undefined);
  return [...(builtin ? [nodeDriver(builtin)] : []), ...(library ? [libraryDriver(library.default)] : [])];
}

/** The first of them. @throws ShoalError `INTERNAL` if there is none */
export async function requireDriver(): Promise<SqliteDriver> {
  const [driver] = await availableDrivers();
  if (driver) return driver;
  throw new ShoalError(
    'INTERNAL',
    'This computer has no SQLite for Node: install the package libsql for it, or use Node 24.',
  );
}

function nodeDriver({ DatabaseSync }: NodeSqlite): SqliteDriver {
  return {
    name: 'node:sqlite',
    open: (path) => {
      const database = new DatabaseSync(path);
      return {
        exec: (sql) => database.exec(sql),
        close: () => database.close(),
        readUserVersion: () => userVersionOf(database.prepare('PRAGMA user_version').all()),
        prepare: (sql) => {
          const statement = database.prepare(sql);
          return {
            reader: statement.columns().length > 0,
            all: (parameters) => statement.all(...parameters).map(plain),
            run: (parameters) => statement.run(...parameters),
            *iterate(parameters) {
              for (const row of statement.iterate(...parameters)) yield plain(row);
            },
          };
        },
      };
    },
  };
}

/** Converts a row to a plain object, as both drivers return it afterwards: rows of Node have no prototype. */
function plain(row: object): object {
  return { ...row };
}

function libraryDriver(Libsql: typeof import('libsql')): SqliteDriver {
  return {
    name: 'libsql',
    open: (path) => {
      const database = new Libsql(path);
      return {
        exec: (sql) => void database.exec(sql),
        close: () => void database.close(),
        readUserVersion: () => userVersionOf(database.prepare('PRAGMA user_version').all()),
        prepare: (sql) => {
          const statement = database.prepare<unknown[]>(sql);
          return {
            reader: statement.reader,
            all: (parameters) => statement.all(...parameters),
            run: (parameters) => statement.run(...parameters),
            iterate: (parameters) => statement.iterate(...parameters),
          };
        },
      };
    },
  };
}

function userVersionOf([row]: unknown[]): number {
  return typeof row === 'object' && row !== null && 'user_version' in row ? Number(row.user_version) : 0;
}

/** Loads the module of Node without its warning that it is experimental; the conformance suite tests it. */
function loadNodeSqlite(): NodeSqlite | undefined {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    const module: unknown = process.getBuiltinModule('node:sqlite');
    return isUsable(module) ? module : undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** `columns` is newer than the module. Without it, the columns of a statement are unknown. */
function isUsable(module: unknown): module is NodeSqlite {
  if (typeof module !== 'object' || module === null || !('DatabaseSync' in module) || !('StatementSync' in module))
    return false;
  return typeof module.StatementSync === 'function' && 'columns' in module.StatementSync.prototype;
}
