/** Time without a further save after which a save is looked at: formatters and "save all" save several times. */
const QUIET_MS = 700;
/** A save that has changed nothing for so long is forgotten. A network disk may take a while to show the change. */
const KEPT_MS = 60_000;
const MAX_PATHS = 500;

/** What is known of a saved file: it is being hashed, or differs from what is shared, or does not as far as one sees. */
export type SavedState = 'verifying' | 'edited' | 'unchanged';

/** Saves of shared files in this window, of which it is not known yet whether they changed the content. */
export class PendingSaves {
  /** The time of the last save of each file; the oldest first. */
  readonly #saves = new Map<string, number>();

  /** The user saved a file. Several saves in a burst count as one. */
  add(path: string, nowMs: number): void {
    this.#saves.delete(path);
    this.#saves.set(path, nowMs);
    for (const oldest of this.#saves.keys()) {
      if (this.#saves.size <= MAX_PATHS) return;
      this.#saves.delete(oldest);
    }
  }

  drop(path: string): void {
    this.#saves.delete(path);
  }

  /** Takes the files whose burst of saves is over and whose content has changed. Forgets saves that changed nothing. */
  take(nowMs: number, stateOf: (path: string) => SavedState): string[] {
    const taken: string[] = [];
    for (const [path, lastMs] of this.#saves) {
      if (nowMs - lastMs < QUIET_MS) continue;
      const state = stateOf(path);
      if (state === 'verifying')
        this.#saves.set(path, nowMs - QUIET_MS); // its wait for a change begins later
      else if (state === 'edited') taken.push(path);
      if (state === 'edited' || (state === 'unchanged' && nowMs - lastMs >= KEPT_MS)) this.#saves.delete(path);
    }
    return taken;
  }

  /** Milliseconds until a burst of saves, or the wait for a change, is over; undefined if nothing is pending. */
  waitMs(nowMs: number): number | undefined {
    const waits = Array.from(this.#saves.values(), (lastMs) => {
      const quietMs = lastMs + QUIET_MS - nowMs;
      return quietMs > 0 ? quietMs : Math.max(0, lastMs + KEPT_MS - nowMs);
    });
    return waits.length === 0 ? undefined : Math.min(...waits);
  }
}
