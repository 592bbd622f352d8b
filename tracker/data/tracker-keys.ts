import { generateKeyPairSync } from 'node:crypto';
import { createTlsIdentity, type TlsIdentity } from '@shoal/sdk/identity';
import * as z from 'zod';
import { TicketIssuer } from '../accounts/ticket-issuer.js';

const TICKET_KEY = z.object({ privateKeyPem: z.string() });

export const WHEN_LOST = 'restore the key from a backup. With a new key, every client needs the new fingerprint.';

/** The key and certificate that clients trust. */
export function makeIdentity(name: string): Promise<TlsIdentity> {
  return createTlsIdentity(name.slice(0, 64));
}

export function parseTicketKey(value: unknown): { privateKeyPem: string } {
  const kept = TICKET_KEY.parse(value);
  new TicketIssuer(kept.privateKeyPem); // throws if it is not a key
  return kept;
}

export async function makeTicketKey(): Promise<{ privateKeyPem: string }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
