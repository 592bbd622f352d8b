import { nameKey } from '@shoal/sdk/protocol';

const DAY_MS = 86_400_000;

/** Relayed bytes of users on this day (UTC). It is kept in memory: a restart of the tracker forgets it. */
export class RelayUsage {
  readonly #perDay: number;
  readonly #now: () => number;
  readonly #bytes = new Map<string, number>();
  #day = 0;

  /** @param now milliseconds since 1970 */
  constructor(bytesPerDay: number, now: () => number) {
    this.#perDay = bytesPerDay;
    this.#now = now;
  }

  add(userId: string, bytes: number): void {
    const key = nameKey(userId);
    this.#bytes.set(key, this.#usedBy(key) + bytes);
  }

  /** Whether a user has used up the day. */
  isUsedUp(userId: string): boolean {
    return this.#usedBy(nameKey(userId)) >= this.#perDay;
  }

  /** Milliseconds until the next day. */
  get untilNextDayMs(): number {
    return DAY_MS - (this.#now() % DAY_MS);
  }

  #usedBy(key: string): number {
    const day = Math.floor(this.#now() / DAY_MS);
    if (day !== this.#day) this.#bytes.clear();
    this.#day = day;
    return this.#bytes.get(key) ?? 0;
  }
}
