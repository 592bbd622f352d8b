import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects all garbage of this process. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await setImmediate(); // for finalizers, which let go of more
    collect();
  }
}
