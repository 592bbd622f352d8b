import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { AllocationWatch } from './allocations.js';
import type { FuzzInput, FuzzTarget } from './target.js';

/** What a run found out about a decoder that passed. */
export interface FuzzReport {
  readonly runs: number;
  readonly seconds: number;
  readonly slowestMs: number;
  /** The largest buffer that was asked for at once, bytes. */
  readonly largestBuffer: number;
  /** How far the heap and the buffers grew at most, with what was not collected yet, bytes. */
  readonly peakGrowth: number;
  /** How far they had grown at the end, after a collection, bytes. */
  readonly heldGrowth: number;
}

/** An input that a decoder does not bear. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly input: Buffer | undefined;

  constructor(message: string, input: Buffer | undefined, cause: unknown) {
    super(message, { cause });
    this.input = input;
  }
}

/** Inputs from one pool of valid messages, and between two collections. */
const BATCH = 25_000;
const MEASURE_EVERY = 128;
/** More than this must not be left of a decoder's work, caches of the runtime and of libraries included. */
const MOST_HELD = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Gives a decoder this many inputs, the same for the same seed.
 * @throws FuzzFailure with the smallest input that was found to fail
 */
export async function fuzz(
  target: FuzzTarget,
  runs: number,
  seed: number,
  onInput: () => void = () => {},
): Promise<FuzzReport> {
  let [slowestMs, largestBuffer, peakGrowth, heldGrowth, count] = [0, 0, 0, 0, 0];
  collect();
  const before = bytesHeld();
  const startedMs = performance.now();
  for (let done = 0; done < runs; done += BATCH) {
    using watch = new AllocationWatch();
    const property = fc.asyncProperty(target.inputs(seed + done), async (input) => {
      onInput();
      const inputMs = performance.now();
      await decodeOne(target, input, watch);
      slowestMs = Math.max(slowestMs, performance.now() - inputMs);
      largestBuffer = Math.max(largestBuffer, watch.largest);
      if (count++ % MEASURE_EVERY === 0) peakGrowth = Math.max(peakGrowth, bytesHeld() - before);
    });
    const details = await fc.check(property, { numRuns: Math.min(BATCH, runs - done), seed: seed + done });
    if (details.failed) {
      const message = (await fc.asyncDefaultReportMessage(details)) ?? 'failed';
      throw new FuzzFailure(`seed ${seed}: ${message}`, details.counterexample?.[0].bytes, details.errorInstance);
    }
    collect();
    heldGrowth = bytesHeld() - before;
  }
  assert.ok(heldGrowth < MOST_HELD, `${heldGrowth} bytes are held after ${runs} inputs`);
  return { runs, seconds: (performance.now() - startedMs) / 1000, slowestMs, largestBuffer, peakGrowth, heldGrowth };
}

/** Decodes one input, and checks that no buffer was asked for that is larger than the decoder's bound. */
export async function decodeOne(target: FuzzTarget, input: FuzzInput, watch: AllocationWatch): Promise<void> {
  watch.largest = 0;
  await target.decode(input);
  const most = target.mostBuffer(input.bytes);
  const { largest } = watch;
  assert.ok(largest <= most, `a buffer of ${largest} bytes for ${input.bytes.length} bytes, more than ${most}`);
}

function bytesHeld(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
