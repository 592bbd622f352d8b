import { type ErrorCode, ShoalError } from '@shoal/sdk/protocol';
import type { SqliteStatement } from 'kysely';
import { isStoreFailure } from '../store-errors.js';
import type { Database } from './drivers.js';

/** SQLite's primary result codes that speak of the disk, and not of what was asked. */
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

/** What the disk did to SQLite, as a ShoalError with the cause in it; anything else as it is. */
export function storeFailure(error: unknown): unknown {
  const failure = DISK_FAILURES[resultCode(error) ?? ''];
  return failure ? new ShoalError(failure.code, failure.message, { cause: error }) : error;
}

/** Whether that is no database, or not a whole one. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === 'CORRUPT' || code === 'NOTADB';
}

/** Without `SQLITE_` and what follows: Node's module gives it as a number, the library as a word. */
function resultCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return CODES[error.errcode & 0xff];
  if ('code' in error && typeof error.code === 'string') return /^SQLITE_([A-Z]+)/.exec(error.code)?.[1];
  return undefined;
}

/** The same database; failures of the disk come as ShoalErrors, and `onFailure` hears of each. */
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

/** A full disk has SQLite roll back by itself, and then there is nothing left to roll back: what is told is why. */
function rollBack<R>(run: () => R): R | { changes: bigint; lastInsertRowid: bigint } {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && error.message.includes('no transaction is active'))
      return { changes: 0n, lastInsertRowid: 0n };
    throw error;
  }
}
