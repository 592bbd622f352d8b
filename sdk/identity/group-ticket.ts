import type { KeyObject } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { TICKET_CLAIMS, type TicketClaims, type TicketKey } from '../protocol/index.js';

/** Clocks may differ by this much beyond what the tracker's time already evens out. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** A group ticket is a compact JWS (ES256) with these registered fields beside its claims. */
const TYPE = 'shoal-ticket';

/** Signs a group ticket, as the tracker does. */
export function signTicket(claims: TicketClaims, key: KeyObject, keyId: string): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: TYPE, kid: keyId }).sign(key);
}

/** Reads the claims of a ticket; rejects unless its signature, its form and its time hold. */
export type TicketVerifier = (ticket: string, nowMs: number) => Promise<TicketClaims>;

/** A verifier for tickets signed with one of these keys, and with nothing else. */
export function createTicketVerifier(keys: readonly TicketKey[]): TicketVerifier {
  const keySet = createLocalJWKSet({ keys: keys.map((key) => ({ ...key, alg: 'ES256' })) });
  return async (ticket, nowMs) => {
    const { payload } = await jwtVerify(ticket, keySet, {
      algorithms: ['ES256'],
      typ: TYPE,
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['iat', 'exp'],
    });
    return TICKET_CLAIMS.parse(payload);
  };
}
