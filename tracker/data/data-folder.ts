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

/** What a tracker keeps: its database and its own keys. Held by one process at a time. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly tickets: TicketIssuer;
  readonly store: Store;
  /** Closes the database and lets go of the folder. */
  close(): Promise<void>;
}

const DATABASE_FILE = 'tracker.db';

/**
 * Opens a tracker's data folder, or makes a new one with new keys. A folder whose database is lost is left as it is.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `PERMISSION_DENIED`, or the disk's errors
 */
export async function openDataFolder(path: string, quotas: Quotas, options: LockOptions = {}): Promise<DataFolder> {
  const lock = await lockFolder(path, options);
  let store: Store | undefined;
  const close = async () => {
    try {
      // Before its log goes: what is noted too early only leaves a loss unnoticed, too late would report one that is none.
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
    // After the database: where there are keys there was one.
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
  new TicketIssuer(file.privateKeyPem); // throws when it is no key
  return file;
}

async function makeTicketKey(): Promise<{ privateKeyPem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
