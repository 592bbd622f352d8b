import { setTimeout as sleep } from 'node:timers/promises';

/** Minimum time between two refreshes. A member who makes the tracker drop events cannot cause a flood of requests. */
const READ_EVERY_MS = 5000;

/**
 * The tracker drops events of a slow reader. This class refreshes the affected state: at once, and once more if further
 * events are dropped meanwhile.
 */
export class MissedEvents {
  readonly #readAnew: (groups: ReadonlySet<string | null>) => Promise<void>;
  readonly #everyMs: number;
  #groups = new Set<string | null>();
  #isReading = false;

  /** @param readAnew refreshes the state of these groups (null: of all); its errors reach the caller of `add` */
  constructor(readAnew: (groups: ReadonlySet<string | null>) => Promise<void>, everyMs = READ_EVERY_MS) {
    this.#readAnew = readAnew;
    this.#everyMs = everyMs;
  }

  async add(groupId: string | null): Promise<void> {
    this.#groups.add(groupId);
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#groups.size > 0) {
        const groups = this.#groups;
        this.#groups = new Set();
        await this.#readAnew(groups);
        if (this.#groups.size > 0) await sleep(this.#everyMs, undefined, { ref: false });
      }
    } finally {
      this.#isReading = false;
    }
  }
}
