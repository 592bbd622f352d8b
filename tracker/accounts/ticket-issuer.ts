import { createPrivateKey, type KeyObject } from 'node:crypto';
import { keyId, publicP256Of, signTicket } from '@shoal/sdk/identity';
import { TICKET_LIFETIME_MS, type TicketKey } from '@shoal/sdk/protocol';

/** Whom a ticket is for. */
export interface TicketHolder {
  readonly groupId: string;
  readonly userId: string;
  readonly deviceId: string;
  readonly epoch: number;
}

/** Signs group tickets with one key. */
export class TicketIssuer {
  /** The public key, for peers that verify tickets. */
  readonly publicKey: TicketKey;
  readonly #privateKey: KeyObject;

  /** @throws Error if the key is not a P-256 key */
  constructor(privateKeyPem: string) {
    this.#privateKey = createPrivateKey(privateKeyPem);
    const publicKey = publicP256Of(this.#privateKey);
    const { x, y } = publicKey.export({ format: 'jwk' });
    this.publicKey = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', kid: keyId(publicKey).slice(0, 16) };
  }

  async sign(holder: TicketHolder, nowMs: number): Promise<{ ticket: string; expiresAtMs: number }> {
    const iat = Math.floor(nowMs / 1000);
    const exp = iat + TICKET_LIFETIME_MS / 1000;
    const claims = { grp: holder.groupId, sub: holder.userId, dev: holder.deviceId, epo: holder.epoch, iat, exp };
    return { ticket: await signTicket(claims, this.#privateKey, this.publicKey.kid), expiresAtMs: exp * 1000 };
  }
}
