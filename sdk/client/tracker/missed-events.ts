import { setTimeout as sleep } from 'node:timers/promises';

/** Between two times that everything is read anew: whoever makes a tracker drop events does not make it be asked without end. */
const READ_EVERY_MS = 5000;

/**
 * The tracker dropped events that were not read in time. What they would have told is asked for: at once, and for what is dropped meanwhile once
 * more when that is done.
 */
export class MissedEvents {
  readonly #readAnew: (groups: ReadonlySet<string | null>) => Promise<void>;
  readonly #everyMs: number;
  #groups = new Set<string | null>();
  #isReading = false;

  /** @param readAnew asks for what is to be known of these groups, null: of all; what it throws is told elsewhere */
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
