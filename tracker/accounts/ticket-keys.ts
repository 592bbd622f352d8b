import { createTicketVerifier, type TicketVerifier } from '@shoal/sdk/identity';
import type { TicketClaims, TicketKey } from '@shoal/sdk/protocol';
import type { TicketHolder, TicketIssuer } from './ticket-issuer.js';

/** From the announcement of the next key until it signs: all nodes and clients know it by then. */
export const ANNOUNCED_MS = 10 * 60_000;
/** From the announcement until the former key counts no more: its last tickets have expired, and clocks of nodes may differ a little. */
export const REPLACED_MS = 20 * 60_000;

/** The key that replaces the present one, and when it was announced. */
export interface NextKey {
  readonly issuer: TicketIssuer;
  readonly announcedAtMs: number;
}

/**
 * The keys that sign a tracker's group tickets. A key is replaced in steps that every node takes by its clock: peers learn the next key,
 * then it signs, then the former one counts no more.
 */
export class TicketKeys {
  #current: TicketIssuer;
  #next: NextKey | undefined;
  /** Of the keys with these ids. */
  #verifier: { readonly kids: string; readonly verify: TicketVerifier } | undefined;

  constructor(current: TicketIssuer, next?: NextKey) {
    this.#current = current;
    this.#next = next;
  }

  /** The keys were read anew. */
  replace(current: TicketIssuer, next: NextKey | undefined): void {
    this.#current = current;
    this.#next = next;
  }

  /** The public keys, for peers that verify tickets; the one that signs is first. */
  publicKeys(nowMs: number): TicketKey[] {
    return this.#valid(nowMs).map(({ publicKey }) => publicKey);
  }

  async sign(holder: TicketHolder, nowMs: number): Promise<{ ticket: string; expiresAtMs: number }> {
    const [signing] = this.#valid(nowMs);
    return signing.sign(holder, nowMs);
  }

  /** The claims of a ticket that a valid key signed, also long ago; undefined for any other text. */
  async claimsOf(ticket: string, nowMs: number): Promise<TicketClaims | undefined> {
    try {
      return await this.#verify(ticket, nowMs);
    } catch {
      return undefined; // it was not signed here, which is all that the caller asks
    }
  }

  #verify(ticket: string, nowMs: number): Promise<TicketClaims> {
    const keys = this.publicKeys(nowMs);
    const kids = keys.map(({ kid }) => kid).join();
    if (this.#verifier?.kids !== kids) this.#verifier = { kids, verify: createTicketVerifier(keys) };
    return this.#verifier.verify(ticket);
  }

  #valid(nowMs: number): [TicketIssuer, ...TicketIssuer[]] {
    if (!this.#next) return [this.#current];
    const { issuer, announcedAtMs } = this.#next;
    if (nowMs < announcedAtMs + ANNOUNCED_MS) return [this.#current, issuer];
    return nowMs < announcedAtMs + REPLACED_MS ? [issuer, this.#current] : [issuer];
  }
}
