import { Allowance } from '../../engine/index.js';
import { backOffMs } from '../../program/index.js';
import { ShoalError, TICKET_LIFETIME_MS } from '../../protocol/index.js';
import type { Session } from './session.js';

interface Kept {
  users: number;
  /** The allowance for renewals on demand. */
  readonly allowance: Allowance;
  timer: NodeJS.Timeout | undefined;
  fetching: Promise<void> | undefined;
  failures: number;
  /** Whether a newer ticket than the present or pending one is requested. */
  isDemanded: boolean;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/**
 * Rate of renewals for a group. It bounds requests if the tracker issues useless tickets or peers refuse valid ones.
 */
const RENEWALS = { perSecond: 0.1, burst: 3 };
/** Shortest assumed lifetime of a ticket. A shorter one from the tracker would cause constant renewals. */
const SHORTEST_LIFE_MS = 20_000;

/** Keeps a valid ticket for every group with downloads. A ticket is renewed at half its lifetime. */
export class TicketRenewal {
  readonly #session: Session;
  readonly #kept = new Map<string, Kept>();

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * A download of the group begins. Each call requires one `release`, even if it fails. @throws ShoalError the
   * tracker's errors
   */
  async acquire(groupId: string): Promise<void> {
    const kept = this.#kept.get(groupId) ?? newlyKept();
    this.#kept.set(groupId, kept);
    kept.users++;
    if (kept.users === 1 || !kept.timer) await this.#fetch(groupId, kept);
  }

  release(groupId: string): void {
    const kept = this.#kept.get(groupId);
    if (!kept || --kept.users > 0) return;
    clearTimeout(kept.timer);
    this.#kept.delete(groupId);
  }

  /**
   * A peer refused the ticket, or the group's epoch increased: fetches a new ticket soon if the group has downloads.
   */
  renew(groupId: string): void {
    const kept = this.#kept.get(groupId);
    if (!kept || kept.failures > 0 || kept.isDemanded) return;
    kept.isDemanded = true;
    if (!kept.fetching) this.#renewAsDemanded(groupId, kept);
  }

  /** Renews all tickets after a reconnect. */
  renewAll(): void {
    for (const groupId of this.#kept.keys()) this.renew(groupId);
  }

  close(): void {
    for (const kept of this.#kept.values()) clearTimeout(kept.timer);
    this.#kept.clear();
  }

  #fetch(groupId: string, kept: Kept): Promise<void> {
    kept.fetching ??= this.#fetchNow(groupId, kept).finally(() => {
      kept.fetching = undefined;
    });
    return kept.fetching;
  }

  async #fetchNow(groupId: string, kept: Kept): Promise<void> {
    kept.isDemanded = false;
    kept.allowance.spend(1, performance.now());
    const { ticket, expiresAtMs } = await this.#session.tickets.fetch(groupId);
    if (this.#kept.get(groupId) !== kept) return;
    kept.failures = 0;
    this.#session.engine.send({ type: 'ticket', groupId, ticket });
    const leftMs = expiresAtMs - this.#session.online.clock.nowMs();
    const lifeMs = Math.max(SHORTEST_LIFE_MS, Math.min(leftMs, TICKET_LIFETIME_MS));
    if (kept.isDemanded) this.#renewAsDemanded(groupId, kept);
    else this.#renewSoon(groupId, kept, lifeMs / 2);
  }

  #renewAsDemanded(groupId: string, kept: Kept): void {
    this.#renewSoon(groupId, kept, kept.allowance.waitMs(performance.now()));
  }

  #renewSoon(groupId: string, kept: Kept, delayMs: number): void {
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => {
      this.#fetch(groupId, kept).catch((thrown: unknown) => {
        if (this.#kept.get(groupId) !== kept) return;
        const error = ShoalError.from(thrown);
        this.#session.logger.debug(`No new ticket for ${groupId}: ${error.message}`);
        this.#renewSoon(groupId, kept, backOffMs(kept.failures++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random));
      });
    }, delayMs);
    kept.timer.unref();
  }
}

function newlyKept(): Kept {
  const allowance = new Allowance(RENEWALS, performance.now());
  return { users: 0, allowance, timer: undefined, fetching: undefined, failures: 0, isDemanded: false };
}
