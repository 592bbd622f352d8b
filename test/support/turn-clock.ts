import type { Cancel, Clock } from '../../sdk/engine/util/clock.js';

interface Timer {
  readonly atMs: number;
  readonly act: () => void;
}

/** A clock of the engine that is moved by hand. Timers that are due at the same time run in their order. */
export class TurnClock implements Clock {
  #nowMs: number;
  #timers: Timer[] = [];

  constructor(nowMs = 1_000_000) {
    this.#nowMs = nowMs;
  }

  /** The timers that have not run. */
  get pending(): number {
    return this.#timers.length;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, act: () => void): Cancel {
    const timer = { atMs: this.#nowMs + ms, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  every(ms: number, act: () => void): Cancel {
    let cancel = this.after(ms, () => {
      cancel = this.every(ms, act);
      act();
    });
    return () => cancel();
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
        undefined,
      );
      if (!next || next.atMs > untilMs) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowMs = next.atMs;
      next.act();
    }
    this.#nowMs = untilMs;
  }
}
