/**
 * Members that wait for a turn; each gets one turn a round. The order is shuffled each round; otherwise all servers
 * would serve the same requests in the same order, and the last peer would wait for everyone.
 */
export class RandomRoundRobin<Member> {
  readonly #random: () => number;
  #waiting: Member[] = [];
  /** Members that had their turn in this round and wait for the next. */
  #next: Member[] = [];
  readonly #served = new Set<Member>();

  /** @param random uniform in [0, 1); always 0: first come, first served */
  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.length + this.#next.length;
  }

  /** Adds a waiting member. */
  add(member: Member): void {
    if (this.#served.has(member)) this.#next.push(member);
    else this.#waiting.push(member);
  }

  delete(member: Member): void {
    remove(this.#waiting, member);
    remove(this.#next, member);
  }

  /** Removes a member for good. */
  forget(member: Member): void {
    this.delete(member);
    this.#served.delete(member);
  }

  /** Removes and returns the next member; undefined if none waits. */
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
