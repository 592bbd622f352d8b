/** The clock of a throttle. */
export interface Clock {
  nowMs(): number;
  /** Calls back once. Returns a function that cancels it. */
  later(act: () => void, delayMs: number): () => void;
}

export const SYSTEM: Clock = {
  nowMs: () => performance.now(),
  later: (act, delayMs) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Runs an act soon, at a maximum rate, however often it is requested. */
export class Throttle {
  readonly #everyMs: number;
  readonly #act: () => void;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;
  #lastMs = -Infinity;

  constructor(everyMs: number, act: () => void, clock = SYSTEM) {
    this.#everyMs = everyMs;
    this.#act = act;
    this.#clock = clock;
  }

  request(): void {
    const waitMs = Math.max(0, this.#lastMs + this.#everyMs - this.#clock.nowMs());
    this.#cancel ??= this.#clock.later(() => {
      this.#cancel = undefined;
      this.#lastMs = this.#clock.nowMs();
      this.#act();
    }, waitMs);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
