/** Work that is done one after the other. Whoever brings much of it waits until there is room in the line. */
export class Line {
  readonly #most: number;
  readonly #underWay: Promise<void>[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when all that came before is done. */
  async add(work: () => Promise<void>): Promise<void> {
    const mine = (this.#underWay.at(-1) ?? Promise.resolve()).then(work);
    void this.#underWay.push(mine);
    try {
      await mine;
    } finally {
      void this.#underWay.splice(this.#underWay.indexOf(mine), 1);
    }
  }

  /** Waits until one more may come. */
  room(): Promise<void> | undefined {
    return this.#underWay.length < this.#most ? undefined : this.#underWay[0];
  }
}
