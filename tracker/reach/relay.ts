import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { nameKey, type Preamble, ShoalError } from '@shoal/sdk/protocol';
import { showWait } from '../server/budgets/keyed-buckets.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import type { Attendee } from '../swarm/meetings.js';
import { ByteRate } from './byte-rate.js';
import { RelaySession } from './relay-session.js';
import { RelayUsage } from './relay-usage.js';

export type RelayLimits = Pick<
  TrackerLimits,
  | 'relayBytesPerSecond'
  | 'relayBytesPerSecondPerSession'
  | 'relayBytesPerSession'
  | 'relayBytesPerUserAndDay'
  | 'relaySessions'
  | 'relaySessionsPerDevice'
  | 'relaySessionsPerUser'
  | 'relayIdleMs'
  | 'meetingMs'
>;

export interface RelayParts {
  readonly limits: RelayLimits;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly today: () => number;
  readonly onBytes: (bytes: number) => void;
  /** Called for each reservation: whether both ends came. */
  readonly onSettled: (haveMet: boolean) => void;
}

type Side = Preamble['side'];

/** A place that two devices have, from the reservation to the end of their connection. */
interface Reservation {
  readonly requester: Attendee;
  readonly source: Attendee;
  readonly tokens: Readonly<Record<Side, string>>;
  /** The end that came first. */
  first: Socket | undefined;
  session: RelaySession | undefined;
  readonly timer: NodeJS.Timeout;
  readonly settle: (haveMet: boolean) => void;
}

/**
 * Joins two connections that come in, each with a token of a meeting, and passes their bytes on. It never dials, answers nothing,
 * and sees ciphertext only: the two ends speak TLS with one another.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #usage: RelayUsage;
  readonly #rate: ByteRate;
  readonly #reservations = new Set<Reservation>();
  readonly #byToken = new Map<string, { readonly reservation: Reservation; readonly side: Side }>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#usage = new RelayUsage(parts.limits.relayBytesPerUserAndDay, parts.today);
    this.#rate = new ByteRate(parts.limits.relayBytesPerSecond);
  }

  /** Connections that are relayed now. */
  get sessions(): number {
    return [...this.#reservations].filter(({ session }) => session).length;
  }

  /** Places that are taken: by connections that are relayed, and for those that are awaited. */
  get places(): number {
    return this.#reservations.size;
  }

  /** Whether all places are taken. */
  get isFull(): boolean {
    return this.#reservations.size >= this.#parts.limits.relaySessions;
  }

  /**
   * Keeps a place for two devices. Both must come before `meetingMs` is over. `settled` tells whether they did.
   * @throws ShoalError `RELAY_LIMITED`
   */
  reserve(requester: Attendee, source: Attendee): { tokens: Record<Side, string>; settled: Promise<boolean> } {
    this.#admit(requester, source);
    const tokens = { requester: newToken(), source: newToken() };
    let settle: (haveMet: boolean) => void = () => {};
    const settled = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const timer = setTimeout(() => this.#release(reservation), this.#parts.limits.meetingMs).unref();
    const reservation: Reservation = {
      ...{ requester, source, tokens, timer, settle },
      ...{ first: undefined, session: undefined },
    };
    this.#reservations.add(reservation);
    for (const side of ['requester', 'source'] as const) this.#byToken.set(tokens[side], { reservation, side });
    return { tokens, settled };
  }

  /** Takes a connection that showed a token. Returns false, and leaves it alone, if nobody waits for it. */
  take(socket: Socket, { token, side }: Preamble): boolean {
    const place = this.#byToken.get(token);
    if (place?.side !== side) return false;
    const { reservation } = place;
    this.#byToken.delete(token);
    if (!reservation.first) {
      reservation.first = socket;
      socket.once('close', () => {
        if (!reservation.session) this.#release(reservation);
      });
      return true;
    }
    clearTimeout(reservation.timer);
    const { relayIdleMs: idleMs } = this.#parts.limits;
    const rules = { idleMs, spend: this.#meter(reservation.requester.userId) };
    reservation.session = new RelaySession([reservation.first, socket], rules, () => this.#release(reservation));
    this.#settle(reservation, true);
    return true;
  }

  close(): void {
    for (const reservation of [...this.#reservations]) {
      reservation.session?.destroy();
      this.#release(reservation);
    }
  }

  #admit(requester: Attendee, source: Attendee): void {
    const { relaySessions, relaySessionsPerDevice, relaySessionsPerUser } = this.#parts.limits;
    if (this.#usage.isUsedUp(requester.userId)) {
      const wait = showWait(this.#usage.untilNextDayMs);
      throw new ShoalError(
        'RELAY_LIMITED',
        `${requester.userId} has used up what the tracker relays for one user a day: it relays again in ${wait}, at 00:00 UTC.`,
      );
    }
    if (this.#reservations.size >= relaySessions)
      throw new ShoalError('RELAY_LIMITED', `All ${relaySessions} places of the relay are taken: try again in 60 s.`);
    const user = nameKey(requester.userId);
    const ofUser = [...this.#reservations].filter((one) => nameKey(one.requester.userId) === user);
    if (ofUser.length >= relaySessionsPerUser)
      throw new ShoalError(
        'RELAY_LIMITED',
        `${requester.userId} has ${ofUser.length} relayed connections, which is the maximum: try again in 60 s.`,
      );
    for (const [{ deviceId }, words] of [
      [requester, 'This device'],
      [source, 'The other device'],
    ] as const) {
      const held = [...this.#reservations].filter((one) =>
        [one.requester.deviceId, one.source.deviceId].includes(deviceId),
      );
      if (held.length >= relaySessionsPerDevice)
        throw new ShoalError(
          'RELAY_LIMITED',
          `${words} has ${held.length} relayed connections, which is the maximum: try again in 60 s.`,
        );
    }
  }

  /** Counts the bytes of one connection. */
  #meter(userId: string): (bytes: number) => number | undefined {
    const { limits, now, onBytes } = this.#parts;
    const own = new ByteRate(limits.relayBytesPerSecondPerSession);
    let left = limits.relayBytesPerSession;
    return (bytes) => {
      left -= bytes;
      if (left < 0 || this.#usage.isUsedUp(userId)) return undefined;
      this.#usage.add(userId, bytes);
      onBytes(bytes);
      return Math.max(own.spend(now(), bytes), this.#rate.spend(now(), bytes));
    };
  }

  #settle(reservation: Reservation, haveMet: boolean): void {
    reservation.settle(haveMet);
    this.#parts.onSettled(haveMet);
  }

  #release(reservation: Reservation): void {
    if (!this.#reservations.delete(reservation)) return;
    clearTimeout(reservation.timer);
    for (const token of Object.values(reservation.tokens)) this.#byToken.delete(token);
    if (reservation.session) return;
    reservation.first?.destroy();
    this.#settle(reservation, false);
  }
}

function newToken(): string {
  return randomBytes(16).toString('base64url');
}
