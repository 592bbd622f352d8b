import { Allowance } from '../../engine/index.js';
import { backOffMs } from '../../program/index.js';
import { ShoalError, type TrackerMethod } from '../../protocol/index.js';
import { pause } from '../util/abort.js';

/** Rate of calls on one connection, below the default limit of a tracker (200 a second, bursts of 2,000). */
const CALLS = { perSecond: 150, burst: 1000 };
/** Attempts while the tracker is rate limiting: about twenty seconds in all. */
const MAX_TRIES = 8;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8000;
/**
 * Calls that fail at once: those that a person makes occasionally, so that the person sees how long to wait, `hello`, which another node
 * may answer, and `meet`, whose answer would come too late.
 */
const NOT_TRIED_AGAIN: ReadonlySet<string> = new Set<TrackerMethod>([
  'hello',
  'login',
  'createUser',
  'createGroup',
  'joinGroup',
  'meet',
]);

/** Paces the calls on one connection to stay below the tracker's rate limit. */
export class CallPacer {
  readonly #allowance = new Allowance(CALLS, performance.now());

  /**
   * Makes a call when the rate allows it, and retries while the tracker is rate limiting. @throws ShoalError the call's
   * errors, `ABORTED`
   */
  run<T>(method: TrackerMethod, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const inTurn = async () => {
      const waitMs = this.#allowance.spend(1, performance.now());
      if (waitMs > 0) await pause(waitMs, signal);
      return call();
    };
    return NOT_TRIED_AGAIN.has(method) ? inTurn() : tryWhileBusy(inTurn, signal);
  }
}

const BUSY: ReadonlySet<string> = new Set(['RATE_LIMITED', 'UNAVAILABLE']);

/**
 * Retries with increasing delays while the tracker is rate limiting or cannot reach its database: it has changed nothing then.
 * @throws ShoalError `RATE_LIMITED`, `UNAVAILABLE` after the last attempt, the errors of `ask`, `ABORTED`
 */
export async function tryWhileBusy<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof ShoalError && BUSY.has(error.code);
      if (!isBusy || tries + 1 >= MAX_TRIES) throw error;
    }
    await pause(backOffMs(tries, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random), signal);
  }
}
