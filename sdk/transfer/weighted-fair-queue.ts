interface Place {
  weight: number;
  /** Its virtual finish time: when it has its share of all bytes so far, in bytes for a weight of one. */
  finish: number;
}

/**
 * Shares bytes by weight: start-time fair queueing (Goyal, Vin and Cheng, 1996). An idle member accumulates nothing and
 * owes nothing.
 */
export class WeightedFairQueue<Member> {
  readonly #places = new Map<Member, Place>();
  /** The virtual time of the active members. */
  #reached = 0;

  /** Adds a member, or changes its weight. @throws RangeError if the weight is not positive */
  set(member: Member, weight: number): void {
    if (!(weight > 0)) throw new RangeError(`A weight of ${weight}`);
    const place = this.#places.get(member);
    if (place) place.weight = weight;
    else this.#places.set(member, { weight, finish: this.#reached });
  }

  remove(member: Member): void {
    this.#places.delete(member);
  }

  /** The members in the order to ask: the one with the least for its weight first. */
  inTurn(): Member[] {
    const places = [...this.#places].sort(([, one], [, other]) => this.#startOf(one) - this.#startOf(other));
    return places.map(([member]) => member);
  }

  /** A member got bytes, before all others that wanted some and come after it in {@link inTurn}. */
  charge(member: Member, bytes: number): void {
    const place = this.#places.get(member);
    if (!place) return;
    this.#reached = this.#startOf(place);
    place.finish = this.#reached + bytes / place.weight;
  }

  #startOf(place: Place): number {
    return Math.max(this.#reached, place.finish);
  }
}
