import { generateKeyPairSync } from 'node:crypto';
import { createTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import * as z from 'zod';
import { TicketIssuer } from '../accounts/ticket-issuer.js';

const WRITTEN_KEY = z.object({ privateKeyPem: z.string() });

/** The names of the keys in a database that trackers share. */
export const IDENTITY = 'identity';
export const TICKET_KEY = 'ticket key';
export const NEXT_TICKET_KEY = 'next ticket key';

/** Their files in a data folder. */
export const IDENTITY_FILE = 'identity.json';
export const TICKET_KEY_FILE = 'ticket-key.json';

const WRITTEN_NEXT_KEY = WRITTEN_KEY.extend({ announcedAtMs: z.number().int().nonnegative() });

export const WHEN_LOST = 'restore the key from a backup. With a new key, every client needs the new fingerprint.';

/** The key and certificate that clients trust. */
export function makeIdentity(name: string): Promise<TlsIdentity> {
  return createTlsIdentity(name.slice(0, 64));
}

export function parseTicketKey(value: unknown): { privateKeyPem: string } {
  const kept = WRITTEN_KEY.parse(value);
  new TicketIssuer(kept.privateKeyPem); // throws if it is not a key
  return kept;
}

/** The next key of tickets, as the rotation wrote it. */
export function parseNextTicketKey(value: unknown): z.infer<typeof WRITTEN_NEXT_KEY> {
  const kept = WRITTEN_NEXT_KEY.parse(value);
  return { ...parseTicketKey(kept), announcedAtMs: kept.announcedAtMs };
}

export async function makeTicketKey(): Promise<{ privateKeyPem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
