import type { Source } from '../../protocol/index.js';
import { Allowances } from '../../transfer/index.js';
import { backOffMs } from '../util/back-off.js';

/** Whom to connect to, and who says so: the user who announced it. */
export type DialTarget = Pick<Source, 'userId' | 'host' | 'port'>;

/** Where a connection led that is over. */
export type DialOutcome =
  /** It brought something, or stood for long. */
  | 'worked'
  /** Nobody answered, or hung up soon. */
  | 'failed'
  /** This end had no more use for it, and had got nothing from it. */
  | 'unused';

/** Connections being made at a time, to devices that one user announced, and to one host; to one address it is one. */
const DIALS_AT_ONCE_A_USER = 8;
const DIALS_AT_ONCE_A_HOST = 32;
/** Connections made of which nothing came, on average and after an idle time: a host may have many users behind it. */
const DIALS_OF_A_USER = { perSecond: 1, burst: 24 };
const DIALS_TO_A_HOST = { perSecond: 4, burst: 96 };
/** Of a user's devices so many may fail, one after the other, before the next has to wait: some were just switched off. */
const FREE_FAILURES_OF_A_USER = 8;
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 30_000;
/** Whoever is announced anew may have started anew: it need not wait for longer than this after it was last dialled. */
const ANNOUNCED_WAIT_MS = 5000;
/** What failed is forgotten after so long. */
const FORGET_AFTER_MS = 600_000;

interface Trouble {
  failures: number;
  lastMs: number;
  untilMs: number;
}

/**
 * Decides whether a connection may be made now. Who announces a device says where it is, so that others dial what he likes: how
 * often they do has a bound by address, by host and by user, however many devices there are to be. It holds no socket and
 * no clock.
 */
export class DialGuard {
  readonly #random: () => number;
  readonly #addresses = new Map<string, Trouble>();
  readonly #users = new Map<string, Trouble>();
  readonly #ofUsers = new Allowances(DIALS_OF_A_USER);
  readonly #toHosts = new Allowances(DIALS_TO_A_HOST);
  /** Connections being made, by what they count for. */
  readonly #underWay = new Map<string, number>();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How long it is to be left alone for what failed before; 0 when that is over. */
  barredMs({ userId, host, port }: DialTarget, nowMs: number): number {
    const untilMs = Math.max(
      this.#addresses.get(addressOf(host, port))?.untilMs ?? 0,
      this.#users.get(userId)?.untilMs ?? 0,
    );
    return Math.max(0, untilMs - nowMs);
  }

  /** Whether it may be dialled now; if so, it is, and `settled` and then `ended` follow. */
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

  /** The connection stands, or is over. */
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

  /** The tracker tells of it, for the first time or anew. */
  announced({ host, port }: DialTarget): void {
    const trouble = this.#addresses.get(addressOf(host, port));
    if (trouble) trouble.untilMs = Math.min(trouble.untilMs, trouble.lastMs + ANNOUNCED_WAIT_MS);
  }

  /** Forgets what was long ago; to be called every second or so. */
  review(nowMs: number): void {
    this.#ofUsers.review(nowMs);
    this.#toHosts.review(nowMs);
    for (const troubles of [this.#addresses, this.#users]) {
      for (const [key, { lastMs }] of troubles) {
        if (nowMs - lastMs < FORGET_AFTER_MS) break; // they are in order
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
