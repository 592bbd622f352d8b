import { FairQueue } from '../fair-queue.js';

interface Waiting {
  readonly host: string;
  enter(): void;
}

/** Bounds what runs at once, in all and for one host. Hosts that wait take turns. */
export class Slots {
  readonly #inAll: number;
  readonly #perHost: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new FairQueue<Waiting>();
  #count = 0;

  constructor(inAll: number, perHost: number) {
    this.#inAll = inAll;
    this.#perHost = perHost;
  }

  /** Runs some work when there is a slot. `owner`: whoever wants it; owners of the same host take turns, too. */
  async run<T>(host: string, owner: string, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(host, owner, { host, enter: resolve });
      this.#letIn();
    });
    try {
      return await work();
    } finally {
      this.#add(host, -1);
      this.#letIn();
    }
  }

  #letIn(): void {
    while (this.#count < this.#inAll) {
      const next = this.#waiting.shift(({ host }) => (this.#running.get(host) ?? 0) < this.#perHost);
      if (!next) return;
      this.#add(next.host, 1);
      next.enter();
    }
  }

  #add(host: string, by: number): void {
    this.#count += by;
    const running = (this.#running.get(host) ?? 0) + by;
    if (running === 0) this.#running.delete(host);
    else this.#running.set(host, running);
  }
}
