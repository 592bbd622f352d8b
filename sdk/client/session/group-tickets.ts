import { Allowance } from '../../engine/index.js';
import {
  type Group,
  inParts,
  MAX_PROVED_TICKETS,
  ShoalError,
  TICKET_LIFETIME_MS,
  type TrackerResult,
} from '../../protocol/index.js';
import type { Session } from './session.js';

/** Rate at which the tracker's time is taken anew because peers show expired tickets. Any member can have such tickets. */
const TIME_CHECKS = { perSecond: 0.1, burst: 3 };
/** A difference from the expected time below this comes from rounding and from the time of the answer. */
const ROUNDING_MS = 1500;

/** A ticket that the tracker signed, and the epoch that it therefore had. */
interface Evidence {
  readonly epoch: number;
  readonly ticket: string;
}

/** Fetches group tickets, and learns from tickets: the tracker's time, and the epochs that the tracker had. */
export class GroupTickets {
  readonly #session: Pick<Session, 'call' | 'engine' | 'logger' | 'online'>;
  readonly #evidence = new Map<string, Evidence>();
  readonly #timeChecks = new Allowance(TIME_CHECKS, performance.now());

  constructor(session: Pick<Session, 'call' | 'engine' | 'logger' | 'online'>) {
    this.#session = session;
  }

  /** Fetches a ticket for this device. @throws ShoalError the tracker's errors */
  async fetch(groupId: string): Promise<TrackerResult<'ticket'>> {
    const askedAtMs = performance.now();
    const answer = await this.#session.call('ticket', { groupId });
    this.#learnTime(answer.expiresAtMs - TICKET_LIFETIME_MS, askedAtMs);
    this.onEpochSeen(groupId, answer.epoch, answer.ticket);
    return answer;
  }

  /** A peer showed an expired ticket that the tracker signed: takes the tracker's time anew, at a bounded rate. */
  async onExpired(groupId: string): Promise<void> {
    if (!this.#timeChecks.trySpend(1, performance.now())) return;
    try {
      await this.fetch(groupId);
    } catch (error) {
      this.#session.logger.debug(`The tracker's time is not known: ${ShoalError.from(error).message}`);
    }
  }

  /** Remembers the ticket with a group's newest epoch. */
  onEpochSeen(groupId: string, epoch: number, ticket: string): void {
    if (epoch > (this.#evidence.get(groupId)?.epoch ?? 0)) this.#evidence.set(groupId, { epoch, ticket });
  }

  /**
   * Compares the groups' epochs with the tickets seen so far. A tracker that was restored from a backup may have forgotten
   * epochs; it raises them when it is shown its own tickets. Returns the groups with their epochs after that.
   */
  async prove(groups: readonly Group[]): Promise<Group[]> {
    const present = new Set(groups.map(({ groupId }) => groupId));
    for (const groupId of this.#evidence.keys()) if (!present.has(groupId)) this.#evidence.delete(groupId);
    const forgotten = groups.flatMap(({ groupId, epoch }) => {
      const evidence = this.#evidence.get(groupId);
      return evidence && evidence.epoch > epoch ? [{ groupId, ...evidence }] : [];
    });
    const proven = new Map<string, number>();
    try {
      for (const part of inParts(forgotten, MAX_PROVED_TICKETS)) {
        await this.#session.call('proveEpochs', { tickets: part.map(({ ticket }) => ticket) });
        for (const { groupId, epoch } of part) proven.set(groupId, epoch);
      }
    } catch (error) {
      this.#session.logger.debug(`The tracker keeps its lower epochs: ${ShoalError.from(error).message}`);
    }
    return groups.map((group) => ({ ...group, epoch: proven.get(group.groupId) ?? group.epoch }));
  }

  #learnTime(trackerMs: number, askedAtMs: number): void {
    const { clock } = this.#session.online;
    if (Math.abs(clock.nowMs() - trackerMs) < ROUNDING_MS) return;
    clock.set(trackerMs, askedAtMs);
    this.#session.engine.send({ type: 'trackerTime', nowMs: clock.nowMs() });
  }
}
