import type { DetailsSnapshot } from './messages.js';

/** Between two spoken messages about mere progress, in milliseconds. */
const QUIET = 10_000;

/** Decides what a screen reader is told, so that it isn't talked over four times a second. */
export class Announcer {
  #state: DetailsSnapshot['state'] | null = null;
  #spokenAt = Number.NEGATIVE_INFINITY;
  #text = '';

  /** The text to speak now, or null to keep quiet: at once when the state changed, else at most every ten seconds. */
  next(now: number, state: DetailsSnapshot['state'], text: string): string | null {
    const turned = state !== this.#state;
    if (!turned && (now - this.#spokenAt < QUIET || text === this.#text)) return null;
    this.#state = state;
    this.#spokenAt = now;
    this.#text = text;
    return text;
  }
}
