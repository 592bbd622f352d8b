import { type ErrorCode, ShoalError } from '@shoal/sdk/protocol';
import type { SqliteStatement } from 'kysely';
import { isStoreFailure } from '../store-errors.js';
import type { Database } from './drivers.js';

/** Primary result codes of SQLite that concern the disk, not the request. */
const DISK_FAILURES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FULL: {
    code: 'NO_SPACE',
    message: "The tracker's disk is full: nothing can be changed there until whoever runs it frees some space.",
  },
  READONLY: diskError('written'),
  IOERR: diskError('read or written'),
  CANTOPEN: diskError('opened'),
  PERM: diskError('opened'),
  CORRUPT: diskError('read: it is damaged'),
  NOTADB: diskError('read: it is damaged'),
};

const CODES: Readonly<Record<number, string>> = {
  3: 'PERM',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  26: 'NOTADB',
};

function diskError(what: string): { code: ErrorCode; message: string } {
  return {
    code: 'DISK_ERROR',
    message: `The tracker's database cannot be ${what}: ask the tracker's operator to check the log.`,
  };
}

/** Converts a failure of the disk into a `ShoalError` with the cause; returns anything else as it is. */
export function storeFailure(error: unknown): unknown {
  const failure = DISK_FAILURES[resultCode(error) ?? ''];
  return failure ? new ShoalError(failure.code, failure.message, { cause: error }) : error;
}

/** Whether the file is damaged or not a database. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === 'CORRUPT' || code === 'NOTADB';
}

/** The code without `SQLITE_` and its suffix. Node's module returns a number, the library a word. */
function resultCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return CODES[error.errcode & 0xff];
  if ('code' in error && typeof error.code === 'string') return /^SQLITE_([A-Z]+)/.exec(error.code)?.[1];
  return undefined;
}

/** Wraps a database: failures of the disk become `ShoalError`s, and `onFailure` is called for each. */
export function tellingFailures(database: Database, onFailure: () => void): Database {
  const tell = (error: unknown): never => {
    const told = storeFailure(error);
    if (isStoreFailure(told)) onFailure();
    throw told;
  };
  const guarded =
    <A extends unknown[], R>(act: (...args: A) => R) =>
    (...args: A): R => {
      try {
        return act(...args);
      } catch (error) {
        return tell(error);
      }
    };
  return {
    ...database,
    exec: guarded((sql) => database.exec(sql)),
    prepare: (sql): SqliteStatement => {
      const statement = database.prepare(sql);
      const run = guarded((parameters: readonly unknown[]) => statement.run(parameters));
      return {
        reader: statement.reader,
        iterate: (parameters) => statement.iterate(parameters),
        all: guarded((parameters: readonly unknown[]) => statement.all(parameters)),
        run: sql === 'rollback' ? (parameters) => rollBack(() => run(parameters)) : run,
      };
    },
  };
}

/** On a full disk, SQLite rolls back by itself, and a second rollback fails. The original error is reported. */
function rollBack<R>(run: () => R): R | { changes: bigint; lastInsertRowid: bigint } {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && error.message.includes('no transaction is active'))
      return { changes: 0n, lastInsertRowid: 0n };
    throw error;
  }
}
