import { LoginThrottle, type LoginThrottleLimits } from './login-throttle.js';

/** A guess at a password. */
export interface Guess {
  /** The key of the user name, whether or not the account exists. */
  readonly account: string;
  readonly address: string;
  readonly deviceId: string;
  /** Whether the account was signed in from this device before. */
  readonly knowsDevice: boolean;
}

const LIMITS = {
  /** For one account at one address, or from one of its own devices. */
  here: { free: 5, firstWaitMs: 1000, longestWaitMs: 300_000 },
  /** For one account from unknown devices, at all addresses together. */
  anywhere: { free: 100, firstWaitMs: 1000, longestWaitMs: 60_000 },
  /** For one device at one address, whatever the user names. */
  device: { free: 10, firstWaitMs: 1000, longestWaitMs: 60_000 },
} as const satisfies Readonly<Record<string, LoginThrottleLimits>>;

/** Slows down guessing: `Guesses` by what one process sees. */
export interface GuessLimits {
  /** Whether this guess has priority or failed before. @throws ShoalError `RATE_LIMITED` while it has to wait */
  check(guess: Guess, nowMs: number): GuessRank | Promise<GuessRank>;
  failed(guess: Guess, nowMs: number): void | Promise<void>;
  /** Clears the counters of this guess. Guesses from other places stay counted. */
  succeeded(guess: Guess): void | Promise<void>;
}

/** Whether a guess has priority, or one like it failed before. */
export type GuessRank = 'signIn' | 'doubtful';

/** A counter of failed guesses. */
export interface GuessCounter {
  readonly kind: keyof typeof LIMITS;
  readonly key: string;
  readonly limits: LoginThrottleLimits;
  /** Whether a failure in it makes later guesses doubtful. */
  readonly isDoubtful: boolean;
}

/** The counters of a guess. The first one is cleared by a right guess. */
export function countersOf(guess: Guess): readonly [GuessCounter, ...GuessCounter[]] {
  const here = counter('here', lineOf(guess), !guess.knowsDevice);
  if (guess.knowsDevice) return [here];
  return [here, counter('anywhere', guess.account, false), counter('device', deviceOf(guess), true)];
}

function counter(kind: keyof typeof LIMITS, subject: string, isDoubtful: boolean): GuessCounter {
  return { kind, key: `${kind} ${subject}`, limits: LIMITS[kind], isDoubtful };
}

/** The key of guesses that are checked one after the other, so that simultaneous guesses are counted too. */
export function lineOf({ account, address, deviceId, knowsDevice }: Guess): string {
  return `${account}\n${knowsDevice ? deviceId : address}`;
}

/**
 * Slows down guessing. A wait applies only to what failed: not to an address alone, because a whole course may share
 * it, and not to the owner of a guessed account, whose device is known.
 */
export class Guesses implements GuessLimits {
  readonly #throttles = {
    here: new LoginThrottle(LIMITS.here),
    anywhere: new LoginThrottle(LIMITS.anywhere),
    device: new LoginThrottle(LIMITS.device),
  };

  /** Whether this guess has priority or failed before. @throws ShoalError `RATE_LIMITED` while it has to wait */
  check(guess: Guess, nowMs: number): GuessRank {
    const counters = countersOf(guess);
    for (const { kind, key } of counters) this.#throttles[kind].check(key, nowMs);
    const isDoubtful = counters.some((one) => one.isDoubtful && this.#throttles[one.kind].hasFailed(one.key, nowMs));
    return isDoubtful ? 'doubtful' : 'signIn';
  }

  failed(guess: Guess, nowMs: number): void {
    for (const { kind, key } of countersOf(guess)) this.#throttles[kind].failed(key, nowMs);
  }

  /** Clears the counters of this guess. Guesses from other places stay counted. */
  succeeded(guess: Guess): void {
    const [{ kind, key }] = countersOf(guess);
    this.#throttles[kind].succeeded(key);
  }
}

function deviceOf({ address, deviceId }: Guess): string {
  return `${deviceId}\n${address}`;
}
