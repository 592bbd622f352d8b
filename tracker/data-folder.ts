import { generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errnoOf, type FolderLock, lockFolder, writeFileDurably } from '@shoal/sdk/disk';
import { createTlsIdentity, readTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import { ShoalError } from '@shoal/sdk/protocol';
import { z } from 'zod';
import { TicketOffice } from './accounts/ticket-office.js';

const IDENTITY_FILE = z.object({ privateKeyPem: z.string(), certificatePem: z.string() });
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
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
  const lock = await lockFolder(path);
  try {
    const identity = await readOrMake(join(path, 'identity.json'), parseIdentity, () =>
      createTlsIdentity(`shoal tracker on ${hostname()}`.slice(0, 64)),
    );
    const tickets = await readOrMake(join(path, 'ticket-key.json'), parseTicketKey, async () => makeTicketKey());
    return { identity, tickets: new TicketOffice(tickets.privateKeyPem), databasePath: join(path, 'tracker.db'), lock };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Reads a file of keys; makes it when there is none, and never over one that cannot be read. */
async function readOrMake<T extends object>(
  path: string,
  parse: (text: string) => T,
  make: () => Promise<T>,
): Promise<T> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw new ShoalError(
        'DATA_DIR_INVALID',
        `${path} cannot be read: restore it from a backup. Without it every client must be told a new fingerprint.`,
        {
          cause: error,
        },
      );
    }
  }
  const made = await make();
  await writeFileDurably(path, `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

function parseIdentity(text: string): TlsIdentity {
  return readTlsIdentity(IDENTITY_FILE.parse(JSON.parse(text)));
}

function parseTicketKey(text: string): { privateKeyPem: string } {
  const file = TICKET_FILE.parse(JSON.parse(text));
  new TicketOffice(file.privateKeyPem); // throws when it is no key
  return file;
}

function makeTicketKey(): { privateKeyPem: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
