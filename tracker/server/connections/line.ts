/** Runs tasks one after the other. A caller with many tasks waits for room in the queue. */
export class Line {
  readonly #most: number;
  readonly #underWay: Promise<void>[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs a task after all earlier ones. */
  async add(work: () => Promise<void>): Promise<void> {
    const mine = (this.#underWay.at(-1) ?? Promise.resolve()).then(work);
    void this.#underWay.push(mine);
    try {
      await mine;
    } finally {
      void this.#underWay.splice(this.#underWay.indexOf(mine), 1);
    }
  }

  /** Resolves when there is room for one more task. */
  room(): Promise<void> | undefined {
    return this.#underWay.length < this.#most ? undefined : this.#underWay[0];
  }
}
