import type { EngineEvent } from '../../engine/index.js';
import { MAX_NAMED_DEVICES } from '../../protocol/index.js';

type Progress = EngineEvent & { type: 'downloadProgress' };

/**
 * A download that receives nothing asks the tracker again after this time, then after twice the time, up to the
 * maximum.
 */
const FIRST_SEARCH_MS = 15_000;
const LAST_SEARCH_MS = 300_000;

/** Observes the sources of a download: when to ask for others, which to exclude, and which served. */
export class SourceSearch {
  #doneBytes = -1;
  #sinceMs = 0;
  #waitMs = FIRST_SEARCH_MS;
  #served: readonly string[] = [];

  /** Ids of devices that sent verified pieces. */
  get served(): readonly string[] {
    return this.#served;
  }

  /** Processes the engine's progress. @returns the devices to exclude if it is time to ask again */
  progressed({ doneBytes, phase, sources }: Progress, nowMs: number): string[] | undefined {
    this.#served = sources
      .filter((one) => one.pieces > 0 && one.state !== 'banned')
      .map(deviceIdOf)
      .slice(0, MAX_NAMED_DEVICES);
    if (doneBytes !== this.#doneBytes || phase === 'verifying') {
      this.#doneBytes = doneBytes;
      this.#sinceMs = nowMs;
      this.#waitMs = FIRST_SEARCH_MS;
      return undefined;
    }
    if (nowMs - this.#sinceMs < this.#waitMs) return undefined;
    this.#sinceMs = nowMs;
    this.#waitMs = Math.min(this.#waitMs * 2, LAST_SEARCH_MS);
    const fruitless = sources.filter((one) => one.pieces === 0 || one.state === 'banned');
    return fruitless.map(deviceIdOf).slice(-MAX_NAMED_DEVICES);
  }
}

function deviceIdOf({ deviceId }: { readonly deviceId: string }): string {
  return deviceId;
}
