import type { AnyDownload } from '../client.js';
import { progressSummary } from '../texts/download-text.js';

/** Interval of unchanged progress, as a sign of life. */
const STANDSTILL_INTERVAL_MS = 60_000;

/** Logs progress in one line each time, however many downloads there are. */
export class ProgressLog {
  readonly #show: (text: string) => void;
  #last = '';
  #lastAtMs = -Infinity;

  constructor(show: (text: string) => void) {
    this.#show = show;
  }

  tell(inFlight: readonly AnyDownload[], nowMs: number): void {
    if (inFlight.length === 0) return;
    const text = progressSummary(inFlight);
    if (text === this.#last && nowMs - this.#lastAtMs < STANDSTILL_INTERVAL_MS) return;
    this.#last = text;
    this.#lastAtMs = nowMs;
    this.#show(text);
  }
}
