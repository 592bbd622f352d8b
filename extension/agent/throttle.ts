/** Does something soon, and at most so often, however often it is asked for. */
export class Throttle {
  readonly #everyMs: number;
  readonly #act: () => void;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = -Infinity;

  constructor(everyMs: number, act: () => void) {
    this.#everyMs = everyMs;
    this.#act = act;
  }

  request(): void {
    const waitMs = Math.max(0, this.#lastMs + this.#everyMs - performance.now());
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#lastMs = performance.now();
      this.#act();
    }, waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
