/** Disks that may stop answering and have their own process. Further ones share these. */
const MAX_WORKERS = 4;

interface AwayWorker {
  close(): Promise<void>;
}

/** A process for each disk that may stop answering. */
export class AwayWorkers<W extends AwayWorker> {
  readonly #open: (mount: string) => W;
  readonly #workers: W[] = [];
  /** The process of each mount. */
  readonly #numbers = new Map<string, number>();

  constructor(open: (mount: string) => W) {
    this.#open = open;
  }

  of(mount: string): W {
    const number = this.#numbers.get(mount) ?? this.#numbers.size % MAX_WORKERS;
    this.#numbers.set(mount, number);
    const worker = this.#workers[number] ?? this.#open(mount);
    this.#workers[number] = worker;
    return worker;
  }

  async close(): Promise<void> {
    const workers = this.#workers.splice(0);
    this.#numbers.clear();
    await Promise.all(workers.map((worker) => worker.close()));
  }
}
