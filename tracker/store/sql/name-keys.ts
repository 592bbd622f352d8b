import { nameKey } from '@shoal/sdk/protocol';

/** NUL and lone surrogates, which not every database can hold. */
const UNHELD = /[\0\p{Cs}]/gu;

/**
 * The key of a name in the database. No name contains what a database cannot hold, so a name that does becomes one that
 * nobody has: control characters are in no name.
 */
export function keyOf(name: string): string {
  return nameKey(name).replace(UNHELD, '\u0001');
}
