interface Place {
  weight: number;
  /** When it has had its share of all that was given until now, in bytes given to a weight of one. */
  finish: number;
}

/**
 * Shares bytes by weight among those who want some: start-time fair queueing (Goyal, Vin and Cheng, 1996). Who wanted
 * nothing for a while has saved nothing up, and owes nothing.
 */
export class WeightedFairQueue<Member> {
  readonly #places = new Map<Member, Place>();
  /** Where those who take part have got to. */
  #reached = 0;

  /** A member comes, or has another weight from now on. @throws RangeError when the weight is not positive */
  set(member: Member, weight: number): void {
    if (!(weight > 0)) throw new RangeError(`A weight of ${weight}`);
    const place = this.#places.get(member);
    if (place) place.weight = weight;
    else this.#places.set(member, { weight, finish: this.#reached });
  }

  remove(member: Member): void {
    this.#places.delete(member);
  }

  /** Whom to ask whether it wants something: first who has had the least for its weight. */
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
