import type { Held } from './holders.js';
import type { Holding, OnlineDevice } from './swarm.js';

export interface Online {
  device: OnlineDevice;
  readonly userKey: string;
  /** Whether another user reported verified bytes from it. */
  vouched: boolean;
  /** Its contents by key. */
  readonly holdings: Map<string, HeldHere>;
  /** How many of them are of each group, by its key. */
  readonly groups: Map<string, number>;
}

export interface HeldHere extends Held {
  readonly online: Online;
  readonly holding: Holding;
}

/** Adds to one of several counts. Those of nothing are left out. */
export function addTo(counts: Map<string, number>, key: string, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
