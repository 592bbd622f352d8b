import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type LockOptions, lockFolder, readOrMake } from '@shoal/sdk/disk';
import { createTlsIdentity, readTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import * as z from 'zod';
import { TicketIssuer } from '../accounts/ticket-issuer.js';
import type { Quotas } from '../store/quotas.js';
import { openSqliteStore } from '../store/sqlite/sqlite-store.js';
import type { Store } from '../store/store.js';
import { checkDatabase, recordDatabase } from './database-record.js';
import { closeToOthers } from './private-folder.js';

const TICKET_FILE = z.object({ privateKeyPem: z.string() });

/** The data folder of a tracker: its database and its keys. One process holds it at a time. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly tickets: TicketIssuer;
  readonly store: Store;
  /** Closes the database and releases the folder. */
  close(): Promise<void>;
}

const DATABASE_FILE = 'tracker.db';

/**
 * Opens the data folder of a tracker, or creates one with new keys. It does not change a folder whose database is lost.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `PERMISSION_DENIED`, or errors of the
 * disk
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
    const databasePath = join(path, DATABASE_FILE);
    const isExpected = await checkDatabase(path, databasePath);
    if (!isExpected) await writeFile(databasePath, '', { flag: 'a', mode: 0o600 });
    await closeToOthers(path, DATABASE_FILE);
    store = await openSqliteStore(databasePath, { isExpected, quotas });
    await recordDatabase(path, false);
    // After the database: where keys exist, a database existed.
    const identity = await readOrMake(join(path, 'identity.json'), readTlsIdentity, makeIdentity, WHEN_LOST);
    const tickets = await readOrMake(join(path, 'ticket-key.json'), parseTicketKey, makeTicketKey, WHEN_LOST);
    return { identity, tickets: new TicketIssuer(tickets.privateKeyPem), store, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const WHEN_LOST = 'restore the key from a backup. With a new key, every client needs the new fingerprint.';

function makeIdentity(): Promise<TlsIdentity> {
  return createTlsIdentity(`shoal tracker on ${hostname()}`.slice(0, 64));
}

function parseTicketKey(value: unknown): { privateKeyPem: string } {
  const file = TICKET_FILE.parse(value);
  new TicketIssuer(file.privateKeyPem); // throws if it is not a key
  return file;
}

async function makeTicketKey(): Promise<{ privateKeyPem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
