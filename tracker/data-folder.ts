import { generateKeyPairSync } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type FolderLock, lockFolder, readOrMake } from '@shoal/sdk/disk';
import { createTlsIdentity, readTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import * as z from 'zod';
import { TicketOffice } from './accounts/ticket-office.js';

const TICKET_FILE = z.object({ privateKeyPem: z.string() });

/** What a tracker keeps beside its database: its own keys. Held by one process at a time. */
export interface DataFolder {
  readonly identity: TlsIdentity;
  readonly tickets: TicketOffice;
  readonly databasePath: string;
  readonly lock: FolderLock;
}

/**
 * Opens a tracker's data folder, or makes a new one with new keys.
 * @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, or the disk's errors
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const lock = await lockFolder(path);
  try {
    const identity = await readOrMake(join(path, 'identity.json'), readTlsIdentity, makeIdentity, WHEN_LOST);
    const tickets = await readOrMake(join(path, 'ticket-key.json'), parseTicketKey, makeTicketKey, WHEN_LOST);
    return { identity, tickets: new TicketOffice(tickets.privateKeyPem), databasePath: join(path, 'tracker.db'), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const WHEN_LOST = 'restore the key from a backup. Without it every client has to be told a new fingerprint.';

function makeIdentity(): Promise<TlsIdentity> {
  return createTlsIdentity(`shoal tracker on ${hostname()}`.slice(0, 64));
}

function parseTicketKey(value: unknown): { privateKeyPem: string } {
  const file = TICKET_FILE.parse(value);
  new TicketOffice(file.privateKeyPem); // throws when it is no key
  return file;
}

async function makeTicketKey(): Promise<{ privateKeyPem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
