import { LoginThrottle } from './login-throttle.js';

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

/**
 * Slows down guessing. A wait applies only to what failed: not to an address alone, because a whole course may share
 * it, and not to the owner of a guessed account, whose device is known.
 */
export class Guesses {
  readonly #here = new LoginThrottle(PER_ACCOUNT);
  readonly #anywhere = new LoginThrottle(PER_ACCOUNT_IN_ALL);
  readonly #byDevice = new LoginThrottle(PER_DEVICE);

  /** The key of guesses that are checked one after the other, so that simultaneous guesses are counted too. */
  lineOf({ account, address, deviceId, knowsDevice }: Guess): string {
    return `${account}\n${knowsDevice ? deviceId : address}`;
  }

  /** Whether this guess has priority or failed before. @throws ShoalError `RATE_LIMITED` while it has to wait */
  check(guess: Guess, nowMs: number): 'signIn' | 'doubtful' {
    this.#here.check(this.lineOf(guess), nowMs);
    if (guess.knowsDevice) return 'signIn';
    this.#anywhere.check(guess.account, nowMs);
    this.#byDevice.check(deviceOf(guess), nowMs);
    const hasFailed =
      this.#here.hasFailed(this.lineOf(guess), nowMs) || this.#byDevice.hasFailed(deviceOf(guess), nowMs);
    return hasFailed ? 'doubtful' : 'signIn';
  }

  failed(guess: Guess, nowMs: number): void {
    this.#here.failed(this.lineOf(guess), nowMs);
    if (guess.knowsDevice) return;
    this.#anywhere.failed(guess.account, nowMs);
    this.#byDevice.failed(deviceOf(guess), nowMs);
  }

  /** Clears the counters of this guess. Guesses from other places stay counted. */
  succeeded(guess: Guess): void {
    this.#here.succeeded(this.lineOf(guess));
  }
}

function deviceOf({ address, deviceId }: Guess): string {
  return `${deviceId}\n${address}`;
}
