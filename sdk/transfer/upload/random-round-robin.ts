/**
 * Who waits for a turn. Everyone gets one turn a round; in which order is drawn by lot, for else peers that ask the same of
 * the same servers would be served in the same order by all of them, and the last would wait for everyone.
 */
export class RandomRoundRobin<Member> {
  readonly #random: () => number;
  #waiting: Member[] = [];
  /** Those who had their turn in this round, and wait for one in the next. */
  #next: Member[] = [];
  readonly #served = new Set<Member>();

  /** @param random uniform in [0, 1); always 0: first come, first served */
  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.length + this.#next.length;
  }

  /** Somebody waits who did not. */
  add(member: Member): void {
    if (this.#served.has(member)) this.#next.push(member);
    else this.#waiting.push(member);
  }

  delete(member: Member): void {
    remove(this.#waiting, member);
    remove(this.#next, member);
  }

  /** Somebody is gone for good. */
  forget(member: Member): void {
    this.delete(member);
    this.#served.delete(member);
  }

  /** Who is next, and waits no longer; undefined when nobody waits. */
  take(): Member | undefined {
    if (this.#waiting.length === 0) {
      this.#served.clear();
      [this.#waiting, this.#next] = [this.#next, this.#waiting];
    }
    const [member] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
    if (member !== undefined) this.#served.add(member);
    return member;
  }
}

function remove<Member>(members: Member[], member: Member): void {
  const index = members.indexOf(member);
  if (index >= 0) members.splice(index, 1);
}
