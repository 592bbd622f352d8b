import { Allowance, backOffMs } from '../../engine/index.js';
import { ShoalError, type TrackerMethod } from '../../protocol/index.js';
import { pause } from '../util/abort.js';

/** Calls on one connection: below the 200 a second, and 2,000 at once, that a tracker takes by default. */
const CALLS = { perSecond: 150, burst: 1000 };
/** Tries of what a tracker has no time for: some twenty seconds in all. */
const MAX_TRIES = 8;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 8000;
/** What a person does now and then, and is to hear at once how long to wait for. */
const NOT_TRIED_AGAIN: ReadonlySet<string> = new Set<TrackerMethod>([
  'login',
  'createUser',
  'createGroup',
  'joinGroup',
]);

/** Keeps what is asked on one connection to what a tracker takes. */
export class CallPacer {
  readonly #allowance = new Allowance(CALLS, performance.now());

  /** Carries out a call when its turn has come, and again where the tracker has no time for it. @throws ShoalError what it throws, and `ABORTED` */
  run<T>(method: TrackerMethod, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const inTurn = async () => {
      const waitMs = this.#allowance.spend(1, performance.now());
      if (waitMs > 0) await pause(waitMs, signal);
      return call();
    };
    return NOT_TRIED_AGAIN.has(method) ? inTurn() : tryWhileBusy(inTurn, signal);
  }
}

/** Asks a tracker, and asks again, later each time, as long as it has no time. @throws ShoalError `RATE_LIMITED` in the end, what `ask` throws, and `ABORTED` */
export async function tryWhileBusy<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      const isBusy = error instanceof ShoalError && error.code === 'RATE_LIMITED';
      if (!isBusy || tries + 1 >= MAX_TRIES) throw error;
    }
    await pause(backOffMs(tries, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random), signal);
  }
}
