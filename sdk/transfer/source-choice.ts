export interface SourceChoiceOptions {
  /** Sources to be connected to at a time, at most. */
  readonly limit: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What to do about one source that came: connect to it, and let go of another one for it. */
export interface SourceChange<Id> {
  readonly connect: Id | undefined;
  readonly drop: Id | undefined;
}

const NOTHING = { connect: undefined, drop: undefined } as const;

/**
 * Chooses whom to connect to where there are more sources than that is good for: in a swarm of hundreds, in which everyone
 * hears of everyone, connections to all would cost each of them more than they bring. Those chosen are a uniform sample of
 * all that came and did not go, whenever they came (a reservoir: Vitter, 1985). Were it the first to come, nobody would
 * fetch from those who came last.
 */
export class SourceChoice<Id> {
  readonly #limit: number;
  readonly #random: () => number;
  readonly #chosen: Id[] = [];
  readonly #spare: Id[] = [];

  constructor({ limit, random }: SourceChoiceOptions) {
    if (!(limit >= 1)) throw new RangeError(`limit is ${limit}; it must be at least 1`);
    this.#limit = limit;
    this.#random = random;
  }

  has(id: Id): boolean {
    return this.#chosen.includes(id);
  }

  /** A source can be had. Nothing changes when that is known. */
  came(id: Id): SourceChange<Id> {
    if (this.#chosen.includes(id) || this.#spare.includes(id)) return NOTHING;
    if (this.#chosen.length < this.#limit) {
      this.#chosen.push(id);
      return { connect: id, drop: undefined };
    }
    const place = Math.floor(this.#random() * (this.#chosen.length + this.#spare.length + 1));
    const drop = this.#chosen[place];
    this.#spare.push(drop ?? id);
    if (drop === undefined) return NOTHING;
    this.#chosen[place] = id;
    return { connect: id, drop };
  }

  /** A source that was chosen does not answer. Returns one to try in its place; it stays known, for later. */
  swap(id: Id): Id | undefined {
    const place = this.#chosen.indexOf(id);
    const other = Math.floor(this.#random() * this.#spare.length);
    const next = this.#spare[other];
    if (place < 0 || next === undefined) return undefined;
    this.#chosen[place] = next;
    this.#spare[other] = id;
    return next;
  }

  /** A source cannot be had any more. Returns the one to connect to in its place, if there is any. */
  went(id: Id): Id | undefined {
    removeFrom(this.#spare, id);
    if (!removeFrom(this.#chosen, id)) return undefined;
    const [next] = this.#spare.splice(Math.floor(this.#random() * this.#spare.length), 1);
    if (next !== undefined) this.#chosen.push(next);
    return next;
  }
}

function removeFrom<Id>(ids: Id[], id: Id): boolean {
  const index = ids.indexOf(id);
  if (index >= 0) ids.splice(index, 1);
  return index >= 0;
}
