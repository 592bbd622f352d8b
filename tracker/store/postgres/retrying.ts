import { setTimeout } from 'node:timers/promises';
import { backOffMs } from '@shoal/sdk/program';
import type { Kysely } from 'kysely';
import { KeyedQueue } from '../../keyed-queue.js';
import type { Tables } from '../sql/tables.js';
import type { Step, Transact } from '../sql/transact.js';
import { storeIsBusy } from '../store-errors.js';

/** Attempts at one step. */
const MAX_ATTEMPTS = 12;
const FIRST_PAUSE_MS = 4;
const MAX_PAUSE_MS = 250;
/** Time after which a step that waits for its turn is given up. */
const MAX_WAIT_MS = 10_000;
/** Each connection of a client has one request under way. */
const MAX_WAITING = 20_000;

/**
 * Steps as serializable transactions. Where steps of other connections come in between, the database refuses one of
 * them, which is then repeated, a bounded number of times. Steps of this tracker with the same turn wait for one
 * another, because only one of them could succeed.
 */
export function retrying(db: Kysely<Tables>): Transact {
  const turns = new KeyedQueue({ waiting: MAX_WAITING, waitingForKey: MAX_WAITING, refuse: () => storeIsBusy() });
  return (turn, work) => {
    if (turn === undefined) return untilDone(db, work);
    const sinceMs = performance.now();
    return turns.take(turn, () => {
      if (performance.now() - sinceMs > MAX_WAIT_MS) throw storeIsBusy();
      return untilDone(db, work);
    });
  };
}

async function untilDone<T>(db: Kysely<Tables>, work: (tx: Step) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel('serializable').execute(work);
    } catch (error) {
      if (!isLostRace(error)) throw error;
      if (attempt === MAX_ATTEMPTS) throw storeIsBusy(error);
      await setTimeout(pauseMs(attempt, Math.random()));
    }
  }
}

/**
 * The SQLSTATE of races: a serialization failure, a deadlock, and a key that another connection added or took away after
 * the work had looked. A repetition looks again, and refuses with its own error.
 */
const LOST_RACES: ReadonlySet<unknown> = new Set(['40001', '40P01', '23505', '23503']);

function isLostRace(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && LOST_RACES.has(error.code);
}

/** Between half a pause and a whole one, which doubles up to a bound. @param random from 0 to 1 */
export function pauseMs(attempt: number, random: number): number {
  return backOffMs(attempt - 1, FIRST_PAUSE_MS, MAX_PAUSE_MS, () => random);
}
