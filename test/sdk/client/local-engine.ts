import { Engine } from '../../../sdk/engine/index.js';
import { localThread } from '../engine/local-thread.js';

/**
 * Engines of clients run in the thread of the tests, from their sources: most of the time of a client's start is that of its threads.
 * Tests of the threads themselves, and all tests with real processes, use threads.
 */
let isLocal = true;

/** Gives the engines of the following clients threads, or not. */
export function useThreads(wanted: boolean): void {
  isLocal = !wanted;
}

const start = Engine.start;
Engine.start = (identity, host, port, thread = isLocal ? localThread({}) : undefined) =>
  start.call(Engine, identity, host, port, thread);
