import { backOffMs } from '../../program/index.js';
import type { Source } from '../../protocol/index.js';
import { Allowances } from '../../transfer/index.js';

/** A peer's address, and the user who announced it. */
export type DialTarget = Pick<Source, 'userId' | 'host' | 'port'>;

/** The result of a connection that has ended. */
export type DialOutcome =
  /** It delivered data or lasted. */
  | 'worked'
  /** Nobody answered, or the peer hung up soon. */
  | 'failed'
  /** This end closed it before it delivered anything. */
  | 'unused';

/** Concurrent dials to the devices of one user, and to one host. To one address it is one. */
const DIALS_AT_ONCE_A_USER = 8;
const DIALS_AT_ONCE_A_HOST = 32;
/** Dials that deliver nothing: the average rate, and the burst after an idle time. A host may have many users behind it. */
const DIALS_OF_A_USER = { perSecond: 1, burst: 24 };
const DIALS_TO_A_HOST = { perSecond: 4, burst: 96 };
/** Consecutive failures among a user's devices before a back-off applies: some devices may just have been switched off. */
const FREE_FAILURES_OF_A_USER = 8;
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 30_000;
/** A device that is announced again may have restarted: this limits its remaining back-off, counted from the last failure. */
const ANNOUNCED_WAIT_MS = 5000;
/** Failures are forgotten after this time. */
const FORGET_AFTER_MS = 600_000;

interface Trouble {
  failures: number;
  lastMs: number;
  untilMs: number;
}

/**
 * Decides whether a dial is allowed now. A user can announce any address, and others then dial it. The guard therefore bounds dials by
 * address, host and user, regardless of the number of devices announced. It holds no socket and no clock.
 */
export class DialGuard {
  readonly #random: () => number;
  readonly #addresses = new Map<string, Trouble>();
  readonly #users = new Map<string, Trouble>();
  readonly #ofUsers = new Allowances(DIALS_OF_A_USER);
  readonly #toHosts = new Allowances(DIALS_TO_A_HOST);
  /** Dials in progress, by user, host and address. */
  readonly #underWay = new Map<string, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The remaining back-off after earlier failures; 0 if there is none. */
  barredMs({ userId, host, port }: DialTarget, nowMs: number): number {
    const untilMs = Math.max(
      this.#addresses.get(addressOf(host, port))?.untilMs ?? 0,
      this.#users.get(userId)?.untilMs ?? 0,
    );
    return Math.max(0, untilMs - nowMs);
  }

  /** Counts a dial if it is allowed now. Returns whether it is; if so, `settled` and then `ended` must follow. */
  tryDial(target: DialTarget, nowMs: number): boolean {
    const { userId, host } = target;
    if (this.barredMs(target, nowMs) > 0) return false;
    if (boundsOf(target).some(([key, most]) => (this.#underWay.get(key) ?? 0) >= most)) return false;
    const ofUser = this.#ofUsers.of(userId, nowMs);
    if (!ofUser.canSpend(1, nowMs) || !this.#toHosts.of(host, nowMs).trySpend(1, nowMs)) return false;
    ofUser.spend(1, nowMs);
    for (const [key] of boundsOf(target)) this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    return true;
  }

  /** The dial succeeded or failed. */
  settled(target: DialTarget): void {
    for (const [key] of boundsOf(target)) {
      const left = (this.#underWay.get(key) ?? 0) - 1;
      if (left > 0) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
    }
  }

  ended({ userId, host, port }: DialTarget, outcome: DialOutcome, nowMs: number): void {
    const address = addressOf(host, port);
    if (outcome === 'worked') {
      this.#ofUsers.of(userId, nowMs).giveBack(1, nowMs);
      this.#toHosts.of(host, nowMs).giveBack(1, nowMs);
      this.#addresses.delete(address);
      this.#users.delete(userId);
    } else if (outcome === 'failed') {
      this.#failed(this.#addresses, address, 0, nowMs);
      this.#failed(this.#users, userId, FREE_FAILURES_OF_A_USER, nowMs);
    }
  }

  /** The tracker announced the device, for the first time or again. */
  announced({ host, port }: DialTarget): void {
    const trouble = this.#addresses.get(addressOf(host, port));
    if (trouble) trouble.untilMs = Math.min(trouble.untilMs, trouble.lastMs + ANNOUNCED_WAIT_MS);
  }

  /** Forgets all failures: the network is another one. The bounds of dials and their rates remain. */
  forgetFailures(): void {
    this.#addresses.clear();
    this.#users.clear();
  }

  /** Forgets old failures; called about every second. */
  review(nowMs: number): void {
    this.#ofUsers.review(nowMs);
    this.#toHosts.review(nowMs);
    for (const troubles of [this.#addresses, this.#users]) {
      for (const [key, { lastMs }] of troubles) {
        if (nowMs - lastMs < FORGET_AFTER_MS) break; // entries are ordered by age
        troubles.delete(key);
      }
    }
  }

  #failed(troubles: Map<string, Trouble>, key: string, free: number, nowMs: number): void {
    const failures = (troubles.get(key)?.failures ?? 0) + 1;
    const waitMs = failures > free ? backOffMs(failures - free - 1, FIRST_WAIT_MS, LAST_WAIT_MS, this.#random) : 0;
    troubles.delete(key);
    troubles.set(key, { failures, lastMs: nowMs, untilMs: nowMs + waitMs });
  }
}

function boundsOf({ userId, host, port }: DialTarget): [key: string, most: number][] {
  return [
    [`user ${userId}`, DIALS_AT_ONCE_A_USER],
    [`host ${host}`, DIALS_AT_ONCE_A_HOST],
    [`address ${addressOf(host, port)}`, 1],
  ];
}

function addressOf(host: string, port: number): string {
  return `${port} ${host}`;
}
