import { parseKept } from '@shoal/sdk/disk';
import { readTlsIdentity } from '@shoal/sdk/identity';
import { TicketIssuer } from '../accounts/ticket-issuer.js';
import { type NextKey, TicketKeys } from '../accounts/ticket-keys.js';
import type { Health } from '../store/postgres/pool.js';
import { openPostgresStore, type PostgresStore } from '../store/postgres/postgres-store.js';
import type { Quotas } from '../store/quotas.js';
import type { DataFolder } from './data-folder.js';
import { MOVE_RECORD, refuseUnfinished } from './move-record.js';
import {
  IDENTITY,
  makeIdentity,
  makeTicketKey,
  NEXT_TICKET_KEY,
  parseNextTicketKey,
  parseTicketKey,
  TICKET_KEY,
  WHEN_LOST,
} from './tracker-keys.js';

/**
 * Opens the store in a database that several trackers share, with their keys: clients trust one fingerprint, and the tickets of one
 * tracker are valid at all of them.
 * @throws ShoalError `USAGE`, `UNAVAILABLE`, `PERMISSION_DENIED`, `DATA_DIR_INVALID`, `DATA_DIR_MOVED`, `DATA_DIR_NEWER`
 */
export async function openSharedStore(url: string, quotas: Quotas, health: Health): Promise<DataFolder> {
  const store = await openPostgresStore(url, { quotas, health });
  const shared = async <T extends object>(name: string, parse: (value: unknown) => T, make: () => Promise<T>) => {
    const text = await store.shared(name, async () => JSON.stringify(await make()));
    return parseKept(`the ${name} in ${store.shown}`, text, parse, WHEN_LOST);
  };
  try {
    const identity = await shared(IDENTITY, readTlsIdentity, () => makeIdentity('shoal tracker'));
    const current = async () =>
      new TicketIssuer((await shared(TICKET_KEY, parseTicketKey, makeTicketKey)).privateKeyPem);
    const tickets = new TicketKeys(await current(), await nextKey(store));
    const readTicketKeys = async () => {
      const next = await nextKey(store); // first: a rotation in between makes it the current one
      const issuer = await current();
      tickets.replace(issuer, next?.issuer.publicKey.kid === issuer.publicKey.kid ? undefined : next);
    };
    refuseUnfinished(await store.found(MOVE_RECORD), store.shown); // which has come with the keys
    return { identity, tickets, readTicketKeys, store, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function nextKey(store: PostgresStore): Promise<NextKey | undefined> {
  const text = await store.found(NEXT_TICKET_KEY);
  if (text === undefined) return undefined;
  const what = `the ${NEXT_TICKET_KEY} in ${store.shown}`;
  const { privateKeyPem, announcedAtMs } = parseKept(what, text, parseNextTicketKey, WHEN_LOST);
  return { issuer: new TicketIssuer(privateKeyPem), announcedAtMs };
}
