export interface PeerSamplerOptions<Id> {
  /** Maximum number of connected sources. */
  readonly limit: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** The user of a source. */
  readonly userOf: (id: Id) => string;
}

/** What to do about a new source: connect to it, and drop another one for it. */
export interface SourceChange<Id> {
  readonly connect: Id | undefined;
  readonly drop: Id | undefined;
}

interface User<Id> {
  readonly name: string;
  /** The random rank of the user, lower first. Users that failed come after all others. */
  place: number;
  /** Its sources, in the order in which they are chosen. */
  readonly sources: Id[];
  /** Number of chosen sources. */
  chosen: number;
}

const NOTHING = { connect: undefined, drop: undefined } as const;

/**
 * Chooses which sources to connect to if there are too many: in a swarm of hundreds, connections to all of them cost
 * more than they bring. Every user gets one source before any gets a second one, so that a user with hundreds of
 * devices counts once. Users, and the sources of each, are sampled at random among all present ones, whenever they
 * came: otherwise nobody would download from those that came last.
 */
export class PeerSampler<Id> {
  readonly #limit: number;
  readonly #random: () => number;
  readonly #userOf: (id: Id) => string;
  readonly #users = new Map<string, User<Id>>();
  readonly #known = new Map<Id, User<Id>>();
  readonly #chosen = new Set<Id>();
  /** The rank of the last user that failed; all others have a rank below 1. */
  #lastPlace = 1;

  constructor({ limit, random, userOf }: PeerSamplerOptions<Id>) {
    if (!(limit >= 1)) throw new RangeError(`limit is ${limit}; it must be at least 1`);
    this.#limit = limit;
    this.#random = random;
    this.#userOf = userOf;
  }

  has(id: Id): boolean {
    return this.#chosen.has(id);
  }

  /** Adds a source. A known one changes nothing. */
  came(id: Id): SourceChange<Id> {
    if (this.#known.has(id)) return NOTHING;
    const user = this.#enter(id);
    const drop = this.#makeRoom(user);
    if (drop !== undefined || this.#chosen.size < this.#limit) {
      user.sources.splice(this.#draw(user.chosen + 1), 0, id);
      user.chosen++;
      this.#chosen.add(id);
      return { connect: id, drop };
    }
    const place = this.#draw(user.sources.length + 1);
    user.sources.splice(place, 0, id);
    const shifted = user.sources[user.chosen];
    if (place >= user.chosen || shifted === undefined) return NOTHING;
    this.#chosen.delete(shifted);
    this.#chosen.add(id);
    return { connect: id, drop: shifted };
  }

  /** A chosen source does not answer. Returns another one to try; the source stays known for later. */
  swap(id: Id): Id | undefined {
    const user = this.#known.get(id);
    if (!user || !this.#chosen.has(id)) return undefined;
    user.sources.splice(user.sources.indexOf(id), 1);
    user.chosen--;
    const next = this.#chooseNext();
    if (next === undefined) {
      user.sources.splice(user.chosen++, 0, id);
      return undefined;
    }
    user.sources.push(id);
    user.place = ++this.#lastPlace;
    this.#chosen.delete(id);
    return next;
  }

  /** Removes a source. Returns another one to connect to, if there is one. */
  went(id: Id): Id | undefined {
    const user = this.#known.get(id);
    if (!user) return undefined;
    this.#known.delete(id);
    user.sources.splice(user.sources.indexOf(id), 1);
    if (user.sources.length === 0) this.#users.delete(user.name);
    if (!this.#chosen.delete(id)) return undefined;
    user.chosen--;
    return this.#chooseNext();
  }

  #enter(id: Id): User<Id> {
    const name = this.#userOf(id);
    const user = this.#users.get(name) ?? { name, place: this.#random(), sources: [], chosen: 0 };
    this.#users.set(name, user);
    this.#known.set(id, user);
    return user;
  }

  /**
   * If all places are taken, frees one of a user with more chosen sources than this one would have. Returns the dropped
   * source.
   */
  #makeRoom(user: User<Id>): Id | undefined {
    if (this.#chosen.size < this.#limit) return undefined;
    let last: User<Id> | undefined;
    for (const other of this.#users.values()) {
      if (other.chosen > 0 && (!last || isSooner(last, last.chosen, other, other.chosen))) last = other;
    }
    if (!last || last === user || !isSooner(user, user.chosen + 1, last, last.chosen)) return undefined;
    const dropped = last.sources[--last.chosen];
    if (dropped !== undefined) this.#chosen.delete(dropped);
    return dropped;
  }

  #draw(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Fills a free place. */
  #chooseNext(): Id | undefined {
    let next: User<Id> | undefined;
    for (const user of this.#users.values()) {
      if (user.chosen === user.sources.length) continue;
      if (!next || isSooner(user, user.chosen + 1, next, next.chosen + 1)) next = user;
    }
    const id = next?.sources[next.chosen];
    if (!next || id === undefined) return undefined;
    next.chosen++;
    this.#chosen.add(id);
    return id;
  }
}

/** Whether the nth source of a user comes before the mth of another one. */
function isSooner<Id>(user: User<Id>, nth: number, other: User<Id>, mth: number): boolean {
  return nth < mth || (nth === mth && user.place < other.place);
}
