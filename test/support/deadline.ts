/**
 * When a wait gives up: shortly before the time limit of the running test, so that the test fails with what the wait saw last, and not
 * with mocha's limit alone. Outside a test, and for what knows no mocha, after a fixed time.
 */
import { inspect } from 'node:util';

const DEFAULT_PATIENCE_MS = 55_000;
/** Before the limit of the test. */
const MARGIN_MS = 1500;

let testEndsMs: number | undefined;

export const mochaHooks = {
  beforeEach(this: Mocha.Context) {
    const limitMs = this.currentTest?.timeout() ?? 0;
    testEndsMs = limitMs > 0 ? performance.now() + limitMs : undefined;
  },
  afterEach() {
    testEndsMs = undefined;
  },
};

/** Milliseconds for which a wait that begins now may last. */
export function patienceMs(): number {
  if (testEndsMs === undefined) return DEFAULT_PATIENCE_MS;
  return Math.max(0, testEndsMs - performance.now() - MARGIN_MS);
}

/** The error of a wait that gave up. */
export function gaveUp(what: string, ...seen: readonly unknown[]): Error {
  const last = seen.length > 0 ? `; seen last: ${inspect(seen.at(-1), { depth: 4, breakLength: 120 })}` : '';
  return new Error(`It never came: ${what}${last}`);
}
