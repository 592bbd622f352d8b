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

/** For one account at one address, or from one of its own devices. */
const PER_ACCOUNT = { free: 5, firstWaitMs: 1000, longestWaitMs: 300_000 };
/** For one account from unknown devices, at all addresses together. */
const PER_ACCOUNT_IN_ALL = { free: 100, firstWaitMs: 1000, longestWaitMs: 60_000 };
/** For one device at one address, whatever the user names. */
const PER_DEVICE = { free: 10, firstWaitMs: 1000, longestWaitMs: 60_000 };

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
  readonly key: string;
  readonly limits: LoginThrottleLimits;
  /** Whether a failure in it makes later guesses doubtful. */
  readonly isDoubtful: boolean;
}

/** The counters of a guess. The first one is cleared by a right guess. */
export function countersOf(guess: Guess): readonly [GuessCounter, ...GuessCounter[]] {
  const here = { key: `here ${lineOf(guess)}`, limits: PER_ACCOUNT, isDoubtful: true };
  if (guess.knowsDevice) return [{ ...here, isDoubtful: false }];
  return [
    here,
    { key: `anywhere ${guess.account}`, limits: PER_ACCOUNT_IN_ALL, isDoubtful: false },
    { key: `device ${deviceOf(guess)}`, limits: PER_DEVICE, isDoubtful: true },
  ];
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
  readonly #here = new LoginThrottle(PER_ACCOUNT);
  readonly #anywhere = new LoginThrottle(PER_ACCOUNT_IN_ALL);
  readonly #byDevice = new LoginThrottle(PER_DEVICE);

  /** Whether this guess has priority or failed before. @throws ShoalError `RATE_LIMITED` while it has to wait */
  check(guess: Guess, nowMs: number): GuessRank {
    this.#here.check(lineOf(guess), nowMs);
    if (guess.knowsDevice) return 'signIn';
    this.#anywhere.check(guess.account, nowMs);
    this.#byDevice.check(deviceOf(guess), nowMs);
    const hasFailed = this.#here.hasFailed(lineOf(guess), nowMs) || this.#byDevice.hasFailed(deviceOf(guess), nowMs);
    return hasFailed ? 'doubtful' : 'signIn';
  }

  failed(guess: Guess, nowMs: number): void {
    this.#here.failed(lineOf(guess), nowMs);
    if (guess.knowsDevice) return;
    this.#anywhere.failed(guess.account, nowMs);
    this.#byDevice.failed(deviceOf(guess), nowMs);
  }

  /** Clears the counters of this guess. Guesses from other places stay counted. */
  succeeded(guess: Guess): void {
    this.#here.succeeded(lineOf(guess));
  }
}

function deviceOf({ address, deviceId }: Guess): string {
  return `${deviceId}\n${address}`;
}
