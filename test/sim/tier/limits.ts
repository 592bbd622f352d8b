import type { Bounds } from './costs.js';
import { MOST_PRIMARIES, type Tier } from './size.js';

/** What has reached its limit, so that more servers of the kind do not help; undefined while nothing has. */
export function limitOf({ nodes, primaries, postgresCores }: Tier, bounds: Bounds): string | undefined {
  if (nodes === Infinity) return 'events of other nodes';
  if (postgresCores > bounds.postgresCores) return 'the PostgreSQL primary';
  if (primaries > MOST_PRIMARIES) return 'the busiest Redis slot';
  return undefined;
}
