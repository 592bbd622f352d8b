import type { KeyObject } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose';
import { TICKET_CLAIMS, type TicketClaims, type TicketKey } from '../protocol/index.js';

/** The `typ` of a group ticket, which is a compact JWS (ES256). */
const TYPE = 'shoal-ticket';

/** Signs a group ticket, as the tracker does. */
export function signTicket(claims: TicketClaims, key: KeyObject, keyId: string): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: TYPE, kid: keyId }).sign(key);
}

/** Returns the claims of a ticket. Rejects if the signature or the format is invalid. It does not check the time: see `exp`. */
export type TicketVerifier = (ticket: string) => Promise<TicketClaims>;

/** Creates a verifier that accepts only tickets signed with one of these keys. */
export function createTicketVerifier(keys: readonly TicketKey[]): TicketVerifier {
  const keySet = createLocalJWKSet({ keys: keys.map((key) => ({ ...key, alg: 'ES256' })) });
  return async (ticket) => {
    const { payload } = await jwtVerify(ticket, keySet, {
      algorithms: ['ES256'],
      typ: TYPE,
      currentDate: new Date(0), // the caller compares `exp` with the tracker's clock
      requiredClaims: ['iat', 'exp'],
    });
    return TICKET_CLAIMS.parse(payload);
  };
}
