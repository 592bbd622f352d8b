import type { MapperClock } from '../../../../sdk/reach/portmap/index.js';
import { HandClock } from '../../../support/hand-clock.js';
import { until } from '../../../support/until.js';

/** A clock that is moved by hand, and shows what waits. */
export class TestClock implements MapperClock {
  readonly #hand = new HandClock(1_000_000);
  readonly #waits = new Map<object, number>();

  nowMs(): number {
    return this.#hand.nowMs();
  }

  after(ms: number, act: () => void): () => void {
    const wait = {};
    this.#waits.set(wait, ms);
    const cancel = this.#hand.later(() => {
      this.#waits.delete(wait);
      act();
    }, ms);
    return () => {
      this.#waits.delete(wait);
      cancel();
    };
  }

  get waits(): number[] {
    return [...this.#waits.values()];
  }

  /** Lets time pass once something waits for exactly that long. */
  async passOnceWaited(ms: number): Promise<void> {
    await until(() => this.waits.includes(ms));
    this.#hand.pass(ms);
  }
}
