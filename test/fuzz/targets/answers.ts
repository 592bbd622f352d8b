import assert from 'node:assert/strict';
import fc from 'fast-check';
import type * as z from 'zod';
import { TrackerCalls } from '../../../sdk/client/tracker/tracker-calls.js';
import {
  ERROR_CODES,
  MAX_TRACKER_MESSAGE_BYTES,
  ShoalError,
  TRACKER_EVENTS,
  TRACKER_METHODS,
  type TrackerMethod,
} from '../../../sdk/protocol/index.js';
import { changedJson } from '../json-mutations.js';
import { valuesOf } from '../schema-samples.js';
import type { FuzzInput, FuzzTarget } from '../target.js';

const METHODS = Object.keys(TRACKER_METHODS) as TrackerMethod[];

/**
 * A tracker's messages, as a client reads them: answers to a call that is under way (its id is 1), and events. Which method
 * was called stands in the answer's member `of`, which the client passes over.
 */
export function answersTarget(): FuzzTarget {
  return {
    inputs: (seed) => changedJson(fc.sample(messages(), { seed, numRuns: 600 })),
    mostBuffer: () => 4096,
    decode,
  };
}

async function decode({ bytes }: FuzzInput): Promise<void> {
  const text = bytes.toString('utf8', 0, MAX_TRACKER_MESSAGE_BYTES);
  const method = METHODS.find((one) => text.includes(`"of":"${one}"`)) ?? 'listFiles';
  const heard: [string, unknown][] = [];
  const calls = new TrackerCalls({ send: () => {}, event: (name, event) => void heard.push([name, event]) });
  const answered = calls.call(method, {} as never).then(
    (result) => assert.ok(TRACKER_METHODS[method].result.safeParse(result).success),
    (error: unknown) => assert.ok(error instanceof ShoalError, String(error)),
  );
  await Promise.resolve(); // the library sends in a turn of its own
  calls.receive(text);
  await new Promise((resolve) => setImmediate(resolve));
  calls.end(new ShoalError('DISCONNECTED', 'The test is over.'));
  await answered;
  assert.ok(heard.length <= 1);
  for (const [name, event] of heard) {
    const schema: z.ZodType = TRACKER_EVENTS[name as keyof typeof TRACKER_EVENTS];
    assert.ok(schema.safeParse(event).success);
  }
}

function messages(): fc.Arbitrary<unknown> {
  const head = { jsonrpc: '2.0' as const };
  const answers = METHODS.map((of) =>
    valuesOf(TRACKER_METHODS[of].result).map((result) => ({ of, ...head, id: 1, result })),
  );
  const failures = fc
    .tuple(fc.constantFrom(...ERROR_CODES), fc.string(), fc.integer())
    .map(([code, message, number]) => ({ ...head, id: 1, error: { code: number, message, data: { code } } }));
  const events = Object.entries(TRACKER_EVENTS).map(([method, schema]) =>
    valuesOf(schema).map((params) => ({ ...head, method, params })),
  );
  return fc.oneof(...answers, failures, ...events);
}
