import type { DetailsSnapshot } from './messages.js';

/** Milliseconds between two announcements of mere progress. */
const QUIET = 10_000;

/** Decides what a screen reader announces, so that it does not talk four times a second. */
export class Announcer {
  #state: DetailsSnapshot['state'] | null = null;
  #spokenAt = Number.NEGATIVE_INFINITY;
  #text = '';

  /** The text to announce now, or null: at once after a change of state, otherwise at most every ten seconds. */
  next(now: number, state: DetailsSnapshot['state'], text: string): string | null {
    const turned = state !== this.#state;
    if (!turned && (now - this.#spokenAt < QUIET || text === this.#text)) return null;
    this.#state = state;
    this.#spokenAt = now;
    this.#text = text;
    return text;
  }
}
