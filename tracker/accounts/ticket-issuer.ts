import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createTicketVerifier, keyId, publicP256Of, signTicket, type TicketVerifier } from '@shoal/sdk/identity';
import { TICKET_LIFETIME_MS, type TicketClaims, type TicketKey } from '@shoal/sdk/protocol';

/** Signs group tickets with the tracker's ticket key. */
export class TicketIssuer {
  /** The public key, for peers that verify tickets. */
  readonly publicKey: TicketKey;
  readonly #privateKey: KeyObject;
  readonly #verify: TicketVerifier;

  /** @throws Error if the key is not a P-256 key */
  constructor(privateKeyPem: string) {
    this.#privateKey = createPrivateKey(privateKeyPem);
    const publicKey = publicP256Of(this.#privateKey);
    const { x, y } = publicKey.export({ format: 'jwk' });
    this.publicKey = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', kid: keyId(publicKey).slice(0, 16) };
    this.#verify = createTicketVerifier([this.publicKey]);
  }

  async sign(
    holder: { groupId: string; userId: string; deviceId: string; epoch: number },
    nowMs: number,
  ): Promise<{ ticket: string; expiresAtMs: number }> {
    const iat = Math.floor(nowMs / 1000);
    const exp = iat + TICKET_LIFETIME_MS / 1000;
    const claims = { grp: holder.groupId, sub: holder.userId, dev: holder.deviceId, epo: holder.epoch, iat, exp };
    return { ticket: await signTicket(claims, this.#privateKey, this.publicKey.kid), expiresAtMs: exp * 1000 };
  }

  /** The claims of a ticket that this tracker signed, also long ago; undefined for any other text. */
  async claimsOf(ticket: string): Promise<TicketClaims | undefined> {
    try {
      return await this.#verify(ticket);
    } catch {
      return undefined; // it was not signed here, which is all that the caller asks
    }
  }
}
