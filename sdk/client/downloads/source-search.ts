import type { EngineEvent } from '../../engine/index.js';
import { MAX_NAMED_DEVICES } from '../../protocol/index.js';

type Progress = EngineEvent & { type: 'downloadProgress' };

/** A download that nothing comes of for so long asks the tracker anew; then after twice as long, and so on. */
const FIRST_SEARCH_MS = 15_000;
const LAST_SEARCH_MS = 300_000;

/** What a download learns of its sources: when to ask for others, without whom, and who did serve. */
export class SourceSearch {
  #doneBytes = -1;
  #sinceMs = 0;
  #waitMs = FIRST_SEARCH_MS;
  #served: readonly string[] = [];

  /** Those that verified bytes came from. */
  get served(): readonly string[] {
    return this.#served;
  }

  /** Takes what the engine tells; whom to leave out, when it is time to ask anew. */
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
