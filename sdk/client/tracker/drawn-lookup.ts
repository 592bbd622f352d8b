import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { shuffled } from '../../program/index.js';

/** Resolves a name to all of its addresses. */
export type ResolveAll = (
  name: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface DrawnLookupOptions {
  /** Whether an address may be dialled. Default: all. */
  readonly mayDial?: ((address: string) => boolean) | undefined;
  /** An address that is tried after all others. */
  readonly last?: string | undefined;
  readonly resolve?: ResolveAll;
  /** uniform in [0, 1) */
  readonly random?: () => number;
}

const systemResolve: ResolveAll = (name, done) => lookup(name, { all: true }, done);

/**
 * Resolves the name of a tracker. All of its addresses are tried, in a drawn order, so that clients spread over the nodes that share a
 * name, and come past one that is away.
 */
export function drawnLookup({
  mayDial,
  last,
  resolve = systemResolve,
  random = Math.random,
}: DrawnLookupOptions): LookupFunction {
  return (name, _options, callback) => {
    resolve(name, (error, found) => {
      const allowed = mayDial ? found.filter(({ address }) => mayDial(address)) : found;
      const drawn = shuffled(allowed, random);
      const ordered = [
        ...drawn.filter(({ address }) => address !== last),
        ...drawn.filter(({ address }) => address === last),
      ];
      if (error || ordered.length > 0) callback(error, ordered);
      else callback(noneOf(name), []);
    });
  };
}

function noneOf(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${name} has no address that may be dialled`), { code: 'ENOTFOUND' });
}
