import { createTicketVerifier, type TicketVerifier } from '../../identity/index.js';
import type { TicketClaims, TicketKey } from '../../protocol/index.js';
import type { EngineEvent, GroupEpoch } from '../messages.js';
import type { Clock } from '../util/clock.js';

/**
 * After a removal, tickets of the old epoch stay valid for the remaining members for this long, so that they can renew
 * them.
 */
const RENEWAL_GRACE_MS = 20_000;

/** Tolerance for the time that the tracker's answer took, and for clocks of different speed. */
const CLOCK_TOLERANCE_MS = 5000;

interface GroupState {
  epoch: number;
  /** The previous epoch is valid until then. */
  graceUntilMs: number;
  /** Removed users, with the epoch of the removal: their older tickets are invalid at once. */
  readonly removed: Map<string, number>;
  /** The largest epoch in a ticket that a peer showed. */
  seen: number;
}

/** The rights that a valid ticket grants. */
export type Grant = Pick<TicketClaims, 'grp' | 'sub' | 'epo' | 'exp'>;

/**
 * Decides who may download a group's files from this device. The serving peer checks this itself, whatever addresses
 * the tracker named.
 */
export class Access {
  readonly #clock: Clock;
  readonly #emit: (event: EngineEvent & { type: 'ticketExpired' | 'epochSeen' }) => void;
  readonly #groups = new Map<string, GroupState>();
  #verify: TicketVerifier = () => Promise.reject(new Error('no tracker is known yet'));
  /** How many milliseconds the tracker's clock is ahead of `#clock`. */
  #trackerAheadMs = 0;

  constructor(clock: Clock, emit: (event: EngineEvent & { type: 'ticketExpired' | 'epochSeen' }) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Sets the keys that sign valid tickets. */
  trust(ticketKeys: readonly TicketKey[]): void {
    this.#verify = createTicketVerifier(ticketKeys);
  }

  /** Sets the present time of the tracker's clock. */
  setTime(trackerNowMs: number): void {
    this.#trackerAheadMs = trackerNowMs - this.#clock.nowMs();
  }

  /**
   * Sets all groups of this device's user. Tickets for other groups are refused from now on. A lower epoch than before is
   * that of a tracker that was restored from a backup.
   */
  setGroups(groups: readonly GroupEpoch[]): void {
    const present = new Set(groups.map((group) => group.groupId));
    for (const groupId of this.#groups.keys()) if (!present.has(groupId)) this.#groups.delete(groupId);
    for (const { groupId, epoch } of groups) {
      const group = this.#raiseEpoch(groupId, epoch);
      if (epoch >= group.epoch) continue;
      group.epoch = epoch;
      group.seen = Math.min(group.seen, epoch);
      group.removed.clear();
    }
  }

  /** A member left or was removed: that member's grants end now, and older tickets of the others soon. */
  remove(groupId: string, epoch: number, userId: string): void {
    if (!this.#groups.has(groupId)) return;
    this.#raiseEpoch(groupId, epoch).removed.set(userId, epoch);
  }

  /**
   * Validates a ticket that the device `deviceId` presents. Memory is proportional to the ticket, at most 4 KiB.
   * @throws Error if it is forged, of another device, expired, of an old epoch, or for another group
   */
  async admit(ticket: string, deviceId: string): Promise<Grant> {
    const claims = await this.#verify(ticket);
    const group = this.#groups.get(claims.grp);
    if (claims.dev !== deviceId) throw new Error('the ticket is of another device');
    if (group && this.#hasExpired(claims)) {
      this.#emit({ type: 'ticketExpired', groupId: claims.grp });
      throw new Error(`the ticket for ${claims.grp} has expired`);
    }
    if (!group || !this.holds(claims)) throw new Error(`the ticket does not hold for ${claims.grp}`);
    if (claims.epo > group.seen) {
      group.seen = claims.epo;
      this.#raiseEpoch(claims.grp, claims.epo);
      this.#emit({ type: 'epochSeen', groupId: claims.grp, epoch: claims.epo, ticket });
    }
    return claims;
  }

  /** Whether a grant is still valid: not expired, and its holder not removed since. */
  holds(grant: Grant): boolean {
    const group = this.#groups.get(grant.grp);
    if (!group || this.#hasExpired(grant)) return false;
    if (grant.epo >= group.epoch) return true;
    return this.#clock.nowMs() < group.graceUntilMs && grant.epo >= (group.removed.get(grant.sub) ?? 0);
  }

  #raiseEpoch(groupId: string, epoch: number): GroupState {
    const known = this.#groups.get(groupId);
    if (!known) {
      const fresh: GroupState = { epoch, graceUntilMs: 0, removed: new Map(), seen: 0 };
      this.#groups.set(groupId, fresh);
      return fresh;
    }
    if (epoch > known.epoch) {
      known.epoch = epoch;
      known.graceUntilMs = this.#clock.nowMs() + RENEWAL_GRACE_MS;
    }
    return known;
  }

  #hasExpired({ exp }: Pick<TicketClaims, 'exp'>): boolean {
    return exp * 1000 + CLOCK_TOLERANCE_MS < this.#clock.nowMs() + this.#trackerAheadMs;
  }
}
