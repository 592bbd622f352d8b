import { backOffMs } from '@shoal/sdk/program';
import { ShoalError } from '@shoal/sdk/protocol';

interface Failures {
  count: number;
  blockedUntilMs: number;
}

export interface LoginThrottleLimits {
  /** Failures without a wait. */
  readonly free: number;
  /** The first wait after them. It doubles with each further failure. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** Keys in memory. The oldest are forgotten first. */
const MAX_KEYS = 10_000;

/** Time after the end of the last wait until the failures are forgotten. */
export const FORGET_AFTER_MS = 15 * 60_000;

/**
 * Slows down guessing: after some failures of a key (an account at an address, a device), each further failure causes a
 * longer wait.
 */
export class LoginThrottle {
  readonly #limits: LoginThrottleLimits;
  readonly #failures = new Map<string, Failures>();

  constructor(limits: LoginThrottleLimits) {
    this.#limits = limits;
  }

  /** @throws ShoalError `RATE_LIMITED` while the key has to wait */
  check(key: string, nowMs: number): void {
    const waitMs = (this.#failures.get(key)?.blockedUntilMs ?? 0) - nowMs;
    if (waitMs > 0) throw tooManyGuesses(waitMs);
  }

  /** Whether the key has failed since it last succeeded. */
  hasFailed(key: string, nowMs: number): boolean {
    return this.#count(key, nowMs) > 0;
  }

  failed(key: string, nowMs: number): void {
    const count = this.#count(key, nowMs) + 1;
    const { free, firstWaitMs, longestWaitMs } = this.#limits;
    const waitMs = count < free ? 0 : backOffMs(count - free, firstWaitMs, longestWaitMs);
    this.#failures.delete(key);
    this.#failures.set(key, { count, blockedUntilMs: nowMs + waitMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_KEYS && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  #count(key: string, nowMs: number): number {
    const failures = this.#failures.get(key);
    return failures && nowMs - failures.blockedUntilMs <= FORGET_AFTER_MS ? failures.count : 0;
  }
}

/** The refusal of a guess that has to wait. */
export function tooManyGuesses(waitMs: number): ShoalError {
  const seconds = Math.ceil(waitMs / 1000);
  return new ShoalError('RATE_LIMITED', `Too many wrong passwords: try again in ${seconds} seconds.`);
}
