import { ShoalError } from '@shoal/sdk/protocol';
import { MIGRATIONS } from '../sql/schema/migrations.js';
import { SQLITE } from '../sql/schema/schema-words.js';
import type { Database, SqliteDriver } from './drivers.js';
import { isDamage, storeFailure } from './failures.js';

/** Tables that are read at the start: a tracker that cannot read them must not start. */
const TABLES = ['users', 'groups', 'files'];

/**
 * Opens the database, new or of this or an earlier version, with durable commits. It writes to the database first, to
 * detect failures now.
 * @param isExpected whether a database exists, so that an empty one is not mistaken for a new one
 * @throws ShoalError `DATA_DIR_NEWER`, `DATA_DIR_INVALID`, `NO_SPACE`, `DISK_ERROR`
 */
export function openDatabase(driver: SqliteDriver, path: string, isExpected: boolean): Database {
  let database: Database | undefined;
  try {
    database = driver.open(path);
    database.exec('PRAGMA busy_timeout = 5000');
    const version = database.readUserVersion();
    if (version > MIGRATIONS.length) throw newer(path, version);
    if (version === 0 && isExpected) throw empty(path);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index >= version)
        database.exec(`BEGIN; ${step.statements(SQLITE)} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    for (const table of TABLES) database.prepare(`SELECT count(*) FROM ${table}`).all([]);
    writeOnTrial(database);
    return database;
  } catch (error) {
    database?.close();
    throw whyUnusable(path, error);
  }
}

/**
 * Opens a database of this or an earlier version for reading alone.
 * @throws ShoalError `DATA_DIR_NEWER`, `DATA_DIR_INVALID`, `DISK_ERROR`
 */
export function openToRead(driver: SqliteDriver, path: string): Database {
  let database: Database | undefined;
  try {
    database = driver.open(path);
    database.exec('PRAGMA busy_timeout = 5000');
    database.exec('PRAGMA query_only = ON');
    const version = database.readUserVersion();
    if (version > MIGRATIONS.length) throw newer(path, version);
    if (version === 0) throw empty(path);
    return database;
  } catch (error) {
    database?.close();
    throw whyUnusable(path, error);
  }
}

/** Whether a tracker of this version would change the tables when it opens the database. */
export function isOlder(database: Database): boolean {
  if (database.readUserVersion() < MIGRATIONS.length) return true;
  const isUnfilled = (table: string) => database.prepare(`SELECT 1 FROM ${table} WHERE look IS NULL LIMIT 1`).all([]);
  return isUnfilled('users').length + isUnfilled('groups').length > 0;
}

/** Why a database cannot be opened or read, and what to do. */
export function whyUnusable(path: string, error: unknown): ShoalError {
  const failure = storeFailure(error);
  if (failure instanceof ShoalError && !isDamage(error))
    return failure === error ? failure : unusable(path, failure, error);
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is damaged or not a tracker's database: restore it from a backup, or choose another data folder.`,
    { cause: error },
  );
}

/** Rewrites an existing value. @throws errors of SQLite as they are */
export function writeOnTrial(database: Database): void {
  database.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${MIGRATIONS.length}; COMMIT;`);
}

function empty(path: string): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is empty, and this folder had a database: restore the folder from a backup, or start with another data folder.`,
  );
}

function unusable(path: string, { code }: ShoalError, cause: unknown): ShoalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const next = code === 'NO_SPACE' ? 'free some space' : 'check its disk and its permissions';
  return new ShoalError(code, `${path} cannot be used (${why}): ${next}, or choose another data folder.`, { cause });
}

function newer(path: string, version: number): ShoalError {
  return new ShoalError(
    'DATA_DIR_NEWER',
    `${path} was written by a newer tracker (version ${version}): update this one, or choose another data folder.`,
  );
}
