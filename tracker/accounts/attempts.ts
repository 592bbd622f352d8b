import { ShoalError } from '@shoal/sdk/protocol';

interface Failures {
  count: number;
  blockedUntilMs: number;
}

export interface AttemptLimits {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The first wait after them; it doubles with each further failure. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** Keys remembered at most; the oldest are forgotten first. */
const MAX_KEYS = 10_000;

/** Slows down guessing: after some failures of a key (an account, an address) each further one costs a longer wait. */
export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #failures = new Map<string, Failures>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  /** @throws ShoalError `RATE_LIMITED` while the key has to wait */
  check(key: string, nowMs: number): void {
    const waitMs = (this.#failures.get(key)?.blockedUntilMs ?? 0) - nowMs;
    if (waitMs <= 0) return;
    throw new ShoalError('RATE_LIMITED', `Too many wrong passwords: try again in ${Math.ceil(waitMs / 1000)} seconds.`);
  }

  failed(key: string, nowMs: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const { free, firstWaitMs, longestWaitMs } = this.#limits;
    const waitMs = count < free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(count - free, 30));
    this.#failures.delete(key);
    this.#failures.set(key, { count, blockedUntilMs: nowMs + waitMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_KEYS && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }
}
