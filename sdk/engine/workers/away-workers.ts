/** Disks that may stop answering and have a process each; what stands on further ones shares these. */
const MAX_LANES = 4;

interface Lane {
  close(): Promise<void>;
}

/** A process for each disk that may stop answering. */
export class AwayWorkers<L extends Lane> {
  readonly #open: (mount: string) => L;
  readonly #lanes: L[] = [];
  /** Which of these is for which mount. */
  readonly #numbers = new Map<string, number>();

  constructor(open: (mount: string) => L) {
    this.#open = open;
  }

  of(mount: string): L {
    const number = this.#numbers.get(mount) ?? this.#numbers.size % MAX_LANES;
    this.#numbers.set(mount, number);
    const lane = this.#lanes[number] ?? this.#open(mount);
    this.#lanes[number] = lane;
    return lane;
  }

  async close(): Promise<void> {
    const lanes = this.#lanes.splice(0);
    this.#numbers.clear();
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
