import { createTicketVerifier, type TicketVerifier } from '../../identity/index.js';
import type { TicketClaims, TicketKey } from '../../protocol/index.js';
import type { GroupEpoch } from '../messages.js';
import type { Clock } from '../util/clock.js';

/** After a removal, others' tickets of the old epoch hold this much longer, so that they can fetch new ones. */
const RENEWAL_GRACE_MS = 20_000;

interface GroupState {
  epoch: number;
  /** The epoch before holds until then. */
  graceUntilMs: number;
  /** Who was removed, and at which epoch: their older tickets hold no longer at all. */
  readonly removed: Map<string, number>;
}

/** What a ticket gives its holder, while it holds. */
export type Grant = Pick<TicketClaims, 'grp' | 'sub' | 'epo' | 'exp'>;

/** Who may have a group's files from this device: the serving peer's own check, whatever addresses the tracker handed out. */
export class Access {
  readonly #clock: Clock;
  readonly #groups = new Map<string, GroupState>();
  #verify: TicketVerifier = () => Promise.reject(new Error('no tracker is known yet'));
  #clockOffsetMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets whose signature makes a ticket good. */
  trust(ticketKeys: readonly TicketKey[], clockOffsetMs: number): void {
    this.#verify = createTicketVerifier(ticketKeys);
    this.#clockOffsetMs = clockOffsetMs;
  }

  /** Sets all groups that this device's user is a member of; tickets for others are refused from now on. */
  setGroups(groups: readonly GroupEpoch[]): void {
    const present = new Set(groups.map((group) => group.groupId));
    for (const groupId of this.#groups.keys()) if (!present.has(groupId)) this.#groups.delete(groupId);
    for (const { groupId, epoch } of groups) this.#raiseEpoch(groupId, epoch);
  }

  /** A member was removed or left: what he holds ends now, and the others' older tickets soon. */
  remove(groupId: string, epoch: number, userId: string): void {
    if (!this.#groups.has(groupId)) return;
    this.#raiseEpoch(groupId, epoch).removed.set(userId, epoch);
  }

  /**
   * Reads a ticket that the device `deviceId` shows. Takes memory in proportion to it; a frame brings 4 KiB at most.
   * @throws Error when it is forged, of another device, expired, of an old epoch, or for a group that is not ours
   */
  async admit(ticket: string, deviceId: string): Promise<Grant> {
    const claims = await this.#verify(ticket, this.#nowMs());
    if (claims.dev !== deviceId) throw new Error('the ticket is of another device');
    if (!this.holds(claims)) throw new Error(`the ticket does not hold for ${claims.grp}`);
    return claims;
  }

  /** Whether a grant still holds: not expired, and its holder not removed since. */
  holds(grant: Grant): boolean {
    const group = this.#groups.get(grant.grp);
    if (!group || grant.exp * 1000 + CLOCK_TOLERANCE_MS < this.#nowMs()) return false;
    if (grant.epo >= group.epoch) return true;
    return this.#clock.nowMs() < group.graceUntilMs && grant.epo >= (group.removed.get(grant.sub) ?? 0);
  }

  #raiseEpoch(groupId: string, epoch: number): GroupState {
    const known = this.#groups.get(groupId);
    if (!known) {
      const fresh: GroupState = { epoch, graceUntilMs: 0, removed: new Map() };
      this.#groups.set(groupId, fresh);
      return fresh;
    }
    if (epoch > known.epoch) {
      known.epoch = epoch;
      known.graceUntilMs = this.#clock.nowMs() + RENEWAL_GRACE_MS;
    }
    return known;
  }

  #nowMs(): number {
    return this.#clock.nowMs() + this.#clockOffsetMs;
  }
}

const CLOCK_TOLERANCE_MS = 5000;
