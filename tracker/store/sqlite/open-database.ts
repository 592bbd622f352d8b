import { ShoalError } from '@shoal/sdk/protocol';
import type { Database, SqliteDriver } from './drivers.js';
import { MIGRATIONS } from './migrations.js';

/**
 * Opens the database, new or of this or an earlier version, so that what is committed is on the disk.
 * @throws ShoalError `DATA_DIR_NEWER`, `DATA_DIR_INVALID`
 */
export function openDatabase(driver: SqliteDriver, path: string): Database {
  let database: Database | undefined;
  try {
    database = driver.open(path);
    database.exec('PRAGMA busy_timeout = 5000');
    const version = database.readUserVersion();
    if (version > MIGRATIONS.length) throw newer(path, version);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index >= version) database.exec(`BEGIN; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`);
    }
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof ShoalError) throw error;
    throw new ShoalError(
      'DATA_DIR_INVALID',
      `${path} is no tracker's database, or damaged: restore it from a backup, or choose another data folder.`,
      { cause: error },
    );
  }
}

function newer(path: string, version: number): ShoalError {
  return new ShoalError(
    'DATA_DIR_NEWER',
    `${path} was written by a newer tracker (version ${version}): update this one, or choose another data folder.`,
  );
}
