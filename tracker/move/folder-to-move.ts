import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, lockFolder, readOrMake } from '@shoal/sdk/disk';
import { readTlsIdentity } from '@shoal/sdk/identity';
import { ShoalError } from '@shoal/sdk/protocol';
import { DATABASE_FILE } from '../data/data-folder.js';
import { checkDatabase, recordDatabase } from '../data/database-record.js';
import { type MovedMark, readMark } from '../data/moved-mark.js';
import { giveToOwner } from '../data/private-folder.js';
import {
  IDENTITY,
  IDENTITY_FILE,
  parseTicketKey,
  TICKET_KEY,
  TICKET_KEY_FILE,
  WHEN_LOST,
} from '../data/tracker-keys.js';
import { requireDriver } from '../store/sqlite/drivers.js';
import { isOlder, openToRead } from '../store/sqlite/open-database.js';
import { openSqliteStore } from '../store/sqlite/sqlite-store.js';
import { FolderRows } from './folder-rows.js';
import { MOVED_TABLES } from './moved-tables.js';

/** The file of `lockFolder`. */
const LOCK_FILE = 'lock';

/** A data folder while this process holds it. */
export interface FolderToMove {
  readonly path: string;
  readonly mark: MovedMark | undefined;
  readonly fingerprint: string;
  /** The keys as a database has them. */
  readonly keys: ReadonlyMap<string, string>;
  readonly rows: FolderRows;
  /** Releases the folder. */
  close(): Promise<void>;
}

export interface FolderOptions {
  /** Told what takes time, or changes the folder. */
  readonly tell: (line: string) => void;
  /** Called when another process took the folder. */
  readonly onLost: (error: ShoalError) => void;
  readonly rowsAtOnce: number;
}

/**
 * Locks a data folder, and opens what is moved for reading.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `PERMISSION_DENIED`, errors of the disk
 */
export async function openFolderToMove(path: string, options: FolderOptions): Promise<FolderToMove> {
  await requireFolder(path);
  const lock = await lockFolder(path, { onWait: options.tell, onLost: options.onLost }).catch((error: unknown) => {
    throw whyHeld(path, error);
  });
  let rows: FolderRows | undefined;
  const close = async () => {
    try {
      if (rows) await recordDatabase(path, true); // its log goes with the last connection
    } finally {
      rows?.close();
      await lock.release();
    }
  };
  try {
    await giveToOwner(path, LOCK_FILE); // a kill would leave it there
    const mark = await readMark(path);
    const databasePath = join(path, DATABASE_FILE);
    if (!(await checkDatabase(path, databasePath))) throw noTracker(path);
    const { id, ...identity } = await keyIn(path, IDENTITY_FILE, readTlsIdentity);
    const ticketKey = await keyIn(path, TICKET_KEY_FILE, parseTicketKey);
    rows = await openRows(databasePath, options);
    for (const table of MOVED_TABLES) {
      const fault = rows.fault(table);
      if (fault !== undefined) throw unfit(databasePath, fault);
    }
    const keys = new Map([
      [IDENTITY, JSON.stringify({ id, ...identity })],
      [TICKET_KEY, JSON.stringify(ticketKey)],
    ]);
    return { path, mark, fingerprint: id, keys, rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openRows(path: string, { tell, rowsAtOnce }: FolderOptions): Promise<FolderRows> {
  const driver = await requireDriver();
  let database = openToRead(driver, path);
  if (isOlder(database)) {
    database.close();
    tell(`${path} is of an older tracker: its tables are brought up to date first, as at a start of this version`);
    await (await openSqliteStore(path, { isExpected: true })).close();
    database = openToRead(driver, path);
  }
  const rows = new FolderRows(database, path, rowsAtOnce);
  if (rows.apart > 0)
    tell(`${rows.apart} members joined their groups at the same millisecond as others: each now joins one later`);
  return rows;
}

function keyIn<T extends object>(folder: string, file: string, parse: (value: unknown) => T): Promise<T> {
  const path = join(folder, file);
  const missing = () => Promise.reject(new ShoalError('DATA_DIR_INVALID', `${path} is gone: ${WHEN_LOST}`));
  return readOrMake(path, parse, missing, WHEN_LOST);
}

/** The lock would make a folder that does not exist. */
async function requireFolder(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
  throw noTracker(path);
}

function noTracker(path: string): ShoalError {
  return new ShoalError('DATA_DIR_INVALID', `${path} has no tracker: name its data folder with --data.`);
}

function whyHeld(path: string, error: unknown): unknown {
  if (!(error instanceof ShoalError) || error.code !== 'DATA_DIR_IN_USE') return error;
  return new ShoalError(
    'DATA_DIR_IN_USE',
    `${error.message} Stop the tracker of ${path} first: its accounts and groups must not change while they are moved.`,
    { cause: error },
  );
}

function unfit(path: string, fault: string): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} has what PostgreSQL refuses: ${fault}. Nothing was moved. Correct or delete that row with sqlite3, and run the command again.`,
  );
}
