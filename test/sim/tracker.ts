import { MAX_SOURCES } from '../../sdk/protocol/index.js';

/** A member that is notified of others. */
interface Watcher<Member> {
  onSourceCame(holder: Member): void;
  onSourceWent(holder: Member): void;
}

/**
 * The sources of the file, announced as by the real tracker: an asker first gets a random sample and then, until it is done, every arrival
 * and departure.
 */
export class SimTracker<Member extends Watcher<Member>> {
  readonly #random: () => number;
  readonly #holders = new Set<Member>();
  readonly #watchers = new Set<Member>();

  /** @param random uniform in [0, 1) */
  constructor(random: () => number) {
    this.#random = random;
  }

  findSources(asker: Member): Member[] {
    this.#watchers.add(asker);
    const found = [...this.#holders].filter((holder) => holder !== asker);
    for (let index = 0; index < Math.min(MAX_SOURCES, found.length); index++) {
      const other = index + Math.floor(this.#random() * (found.length - index));
      const [here, there] = [found[index], found[other]];
      if (here && there) [found[index], found[other]] = [there, here];
    }
    return found.slice(0, MAX_SOURCES);
  }

  announce(holder: Member): void {
    if (this.#holders.has(holder)) return;
    this.#holders.add(holder);
    for (const watcher of this.#watchers) if (watcher !== holder) watcher.onSourceCame(holder);
  }

  unwatch(watcher: Member): void {
    this.#watchers.delete(watcher);
  }

  leave(holder: Member): void {
    this.#watchers.delete(holder);
    if (!this.#holders.delete(holder)) return;
    for (const watcher of this.#watchers) watcher.onSourceWent(holder);
  }
}
