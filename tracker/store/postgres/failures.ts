import { ShoalError } from '@shoal/sdk/protocol';
import pg from 'pg';
import { storeIsAway } from '../store-errors.js';

/** Classes and codes of SQLSTATE that concern the database or the way to it, not the request. */
const AWAY: readonly string[] = [
  '08', // connections
  '25006', // a replica, which cannot be written
  '28', // the role or its password
  '3D000', // no such database
  '42501', // the role may not
  '53', // no memory, too many connections
  '55P03', // a lock was not free in time
  '57', // it starts or stops, or ended a statement that took too long
];
const FULL = '53100';
const DAMAGED: readonly string[] = ['58', 'XX001', 'XX002'];

/** Whether the connection is lost: the database has ended it, or does not answer. */
export function isConnectionLost(error: unknown): error is Error {
  if (error instanceof pg.DatabaseError) return error.severity === 'FATAL' || error.severity === 'PANIC';
  return error instanceof Error && !(error instanceof TypeError || error instanceof RangeError);
}

/**
 * Converts a failure of the database, or of the way to it, into a `ShoalError` with the cause; returns anything else as
 * it is, such as a lost race.
 */
export function storeFailure(error: unknown): unknown {
  if (error instanceof ShoalError) return error;
  if (isConnectionLost(error)) return storeIsAway(error);
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '' } = error;
  if (code === FULL)
    return new ShoalError(
      'NO_SPACE',
      "The disk of the tracker's database is full: nothing can be changed there until whoever runs it frees some space.",
      { cause: error },
    );
  if (DAMAGED.some((start) => code.startsWith(start)))
    return new ShoalError(
      'DISK_ERROR',
      "The tracker's database cannot be read or written: ask the tracker's operator to check its log.",
      { cause: error },
    );
  if (AWAY.some((start) => code.startsWith(start))) return storeIsAway(error);
  return error;
}
