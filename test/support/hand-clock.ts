import type { Clock } from '../../extension/throttle.js';

/** A clock that is moved by hand. */
export class HandClock implements Clock {
  #nowMs: number;
  #pending: { atMs: number; act: () => void }[] = [];

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  later(act: () => void, delayMs: number): () => void {
    const one = { atMs: this.#nowMs + delayMs, act };
    this.#pending.push(one);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== one);
    };
  }

  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#pending.sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > untilMs) break;
      this.#pending.shift();
      this.#nowMs = next.atMs;
      next.act();
    }
    this.#nowMs = untilMs;
  }
}
