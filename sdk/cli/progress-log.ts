import type { AnyDownload } from './client.js';
import { progressSummary } from './download-text.js';

/** Progress that says the same as before is told as often as this, as a sign of life. */
const STANDSTILL_INTERVAL_MS = 60_000;

/** Tells progress in one line each time, however many downloads there are. */
export class ProgressLog {
  readonly #show: (text: string) => void;
  #last = '';
  #lastAtMs = 0;

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
