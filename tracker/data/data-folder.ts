import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type LockOptions, lockFolder, readOrMake } from '@shoal/sdk/disk';
import { readTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import { TicketIssuer } from '../accounts/ticket-issuer.js';
import { TicketKeys } from '../accounts/ticket-keys.js';
import type { Quotas } from '../store/quotas.js';
import { openSqliteStore } from '../store/sqlite/sqlite-store.js';
import type { Store } from '../store/store.js';
import { checkDatabase, recordDatabase } from './database-record.js';
import { refuseMoved } from './moved-mark.js';
import { closeToOthers } from './private-folder.js';
import {
  IDENTITY_FILE,
  makeIdentity,
  makeTicketKey,
  parseTicketKey,
  TICKET_KEY_FILE,
  WHEN_LOST,
} from './tracker-keys.js';

/** The database and the keys of a tracker: those of a data folder, which one process holds at a time, or those that trackers share. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly tickets: TicketKeys;
  /** Reads the keys of tickets anew, which others may have changed. Absent: nobody else has them. */
  readonly readTicketKeys?: () => Promise<void>;
  readonly store: Store;
  /** Closes the database and releases the folder. */
  close(): Promise<void>;
}

export const DATABASE_FILE = 'tracker.db';

/**
 * Opens the data folder of a tracker, or creates one with new keys. It does not change a folder whose database is lost.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_MOVED`, `DATA_DIR_NEWER`, `PERMISSION_DENIED`, or
 * errors of the disk
 */
export async function openDataFolder(path: string, quotas: Quotas, options: LockOptions = {}): Promise<DataFolder> {
  const lock = await lockFolder(path, options);
  let store: Store | undefined;
  const close = async () => {
    try {
      // Before the log is removed: a record that is too early can only hide a loss, one that is too late would report a
      // false loss.
      if (store) await recordDatabase(path, true);
    } finally {
      await store?.close();
      await lock.release();
    }
  };
  try {
    await refuseMoved(path);
    const databasePath = join(path, DATABASE_FILE);
    const isExpected = await checkDatabase(path, databasePath);
    if (!isExpected) await writeFile(databasePath, '', { flag: 'a', mode: 0o600 });
    await closeToOthers(path, DATABASE_FILE);
    store = await openSqliteStore(databasePath, { isExpected, quotas });
    await recordDatabase(path, false);
    // After the database: where keys exist, a database existed.
    const makeOwn = () => makeIdentity(`shoal tracker on ${hostname()}`);
    const identity = await readOrMake(join(path, IDENTITY_FILE), readTlsIdentity, makeOwn, WHEN_LOST);
    const tickets = await readOrMake(join(path, TICKET_KEY_FILE), parseTicketKey, makeTicketKey, WHEN_LOST);
    return { identity, tickets: new TicketKeys(new TicketIssuer(tickets.privateKeyPem)), store, close };
  } catch (error) {
    await close();
    throw error;
  }
}
