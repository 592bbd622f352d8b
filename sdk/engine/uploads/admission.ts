import type { RequesterFrame } from '../../protocol/index.js';
import type { Cancel, Clock } from '../util/clock.js';
import type { Access, Grant } from './access.js';

/** Time from the handshake to a valid ticket. */
const ADMISSION_TIMEOUT_MS = 10_000;

export interface AdmissionContext {
  readonly access: Pick<Access, 'admit' | 'holds'>;
  readonly clock: Clock;
}

/**
 * The groups whose files the peer of a connection may download. It presents a ticket for each, and the first one before
 * anything else.
 */
export class Admission {
  readonly #access: AdmissionContext['access'];
  readonly #deviceId: string;
  readonly #turnAway: (why: string) => void;
  readonly #grants = new Map<string, Grant>();
  readonly #cancelTimeout: Cancel;
  /** Frames that arrived during the check of a ticket. */
  #held: RequesterFrame[] = [];
  #isChecking = false;
  #isClosed = false;

  /** @param turnAway ends the connection */
  constructor({ access, clock }: AdmissionContext, deviceId: string, turnAway: (why: string) => void) {
    this.#access = access;
    this.#deviceId = deviceId;
    this.#turnAway = turnAway;
    this.#cancelTimeout = clock.after(ADMISSION_TIMEOUT_MS, () => turnAway('showed no ticket in time'));
  }

  get isAdmitted(): boolean {
    return this.#grants.size > 0;
  }

  /** The users of the presented tickets. */
  get users(): Set<string> {
    return new Set(Array.from(this.#grants.values(), ({ sub }) => sub));
  }

  userOf(groupId: string): string | undefined {
    return this.#grants.get(groupId)?.sub;
  }

  /** Whether a valid ticket for the group was presented. */
  covers(groupId: string): boolean {
    const grant = this.#grants.get(groupId);
    return grant !== undefined && this.#access.holds(grant);
  }

  /** Holds a frame back during the check of a ticket: at most one read, because the socket is paused. */
  holdsBack(frame: RequesterFrame): boolean {
    if (this.#isChecking) this.#held.push(frame);
    return this.#isChecking;
  }

  /** Checks a ticket. Returns the frames that arrived meanwhile; undefined if the peer is disconnected. */
  async check(ticket: string): Promise<readonly RequesterFrame[] | undefined> {
    this.#isChecking = true;
    try {
      const grant = await this.#access.admit(ticket, this.#deviceId);
      if (this.#isClosed) return undefined;
      this.#grants.set(grant.grp, grant);
      this.#cancelTimeout();
    } catch (error) {
      this.#turnAway(`was turned away: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
    this.#isChecking = false;
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Drops invalid tickets, and disconnects the peer if none is left. Returns the lost groups. */
  review(): readonly string[] {
    const lost: string[] = [];
    for (const [groupId, grant] of this.#grants) {
      if (this.#access.holds(grant)) continue;
      this.#grants.delete(groupId);
      if (this.#grants.size === 0) {
        this.#turnAway(`may not have ${groupId}'s files any more`);
        return [];
      }
      lost.push(groupId);
    }
    return lost;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimeout();
  }
}
