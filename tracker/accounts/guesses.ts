import { LoginThrottle } from './login-throttle.js';

/** Someone who tries a password. */
export interface Guess {
  /** The key of the name, whether there is such an account or not. */
  readonly account: string;
  readonly address: string;
  readonly deviceId: string;
  /** Whether the account was signed in to from this device before. */
  readonly knowsDevice: boolean;
}

/** One account at one address, or from one device of its own. */
const PER_ACCOUNT = { free: 5, firstWaitMs: 1000, longestWaitMs: 300_000 };
/** One account, from devices that it was never signed in to from, wherever they are. */
const PER_ACCOUNT_IN_ALL = { free: 100, firstWaitMs: 1000, longestWaitMs: 60_000 };
/** One device at one address, whatever the names. */
const PER_DEVICE = { free: 10, firstWaitMs: 1000, longestWaitMs: 60_000 };

/**
 * Slows down guessing, and nobody else: who fails waits, at what failed. A whole course may sit behind one address, so an address alone is
 * never made to wait; and whoever guesses at an account does not keep out its owner, whose device is known.
 */
export class Guesses {
  readonly #here = new LoginThrottle(PER_ACCOUNT);
  readonly #anywhere = new LoginThrottle(PER_ACCOUNT_IN_ALL);
  readonly #byDevice = new LoginThrottle(PER_DEVICE);

  /** Those who share a turn, so that guesses made at once count as guesses, too. */
  lineOf({ account, address, deviceId, knowsDevice }: Guess): string {
    return `${account}\n${knowsDevice ? deviceId : address}`;
  }

  /** Whether this has failed before, and comes after those who have not. @throws ShoalError `RATE_LIMITED` while it has to wait */
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

  /** What others tried elsewhere stays counted. */
  succeeded(guess: Guess): void {
    this.#here.succeeded(this.lineOf(guess));
  }
}

function deviceOf({ address, deviceId }: Guess): string {
  return `${deviceId}\n${address}`;
}
