import { backOffMs } from '../engine/index.js';
import { ShoalError } from '../protocol/index.js';
import type { Session } from './session.js';

interface Kept {
  users: number;
  timer: NodeJS.Timeout | undefined;
  fetching: Promise<void> | undefined;
  failures: number;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** A tracker that gives tickets of no use is not asked more often than this. */
const SHORTEST_WAIT_MS = 5000;

/** Keeps a fresh ticket at hand for every group from which something is downloaded: fetched, and renewed at half its life. */
export class TicketKeeper {
  readonly #session: Session;
  readonly #kept = new Map<string, Kept>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** A download of the group begins; to be met by one `release`, also when it fails. @throws ShoalError the tracker's when there is no ticket to be had */
  async acquire(groupId: string): Promise<void> {
    const kept = this.#kept.get(groupId) ?? { users: 0, timer: undefined, fetching: undefined, failures: 0 };
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

  /** The ticket is no longer taken, or the group's epoch grew: fetches a new one now, if the group's is wanted. */
  renew(groupId: string): void {
    const kept = this.#kept.get(groupId);
    if (!kept) return;
    if (kept.failures === 0) this.#renewSoon(groupId, kept, 0);
  }

  /** The tracker is back. */
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
    const { ticket, expiresAtMs } = await this.#session.call('ticket', { groupId });
    if (this.#kept.get(groupId) !== kept) return;
    kept.failures = 0;
    this.#session.engine.send({ type: 'ticket', groupId, ticket });
    const leftMs = expiresAtMs - (Date.now() + this.#session.online.clockOffsetMs);
    this.#renewSoon(groupId, kept, Math.max(SHORTEST_WAIT_MS, leftMs / 2));
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
