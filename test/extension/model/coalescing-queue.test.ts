import assert from 'node:assert/strict';
import { CoalescingQueue } from '../../../extension/model/coalescing-queue.js';

/** An act that lasts until it is let go, and tells when it begins. */
class Act {
  begun = 0;
  readonly #ends: (() => void)[] = [];

  readonly run = (): Promise<void> => {
    this.begun++;
    return new Promise((resolve) => this.#ends.push(resolve));
  };

  end(): void {
    this.#ends.shift()?.();
  }
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('are one under way and one after it, however many ask', async () => {
    const [turns, act] = [new CoalescingQueue(), new Act()];
    const first = turns.take('a', act.run);
    await soon();
    const others = Array.from({ length: 5 }, () => turns.take('a', act.run));
    await soon();
    assert.equal(act.begun, 1);
    assert.equal(new Set(others).size, 1);
    act.end();
    await first;
    await soon();
    assert.equal(act.begun, 2);
    act.end();
    await Promise.all(others);
    void turns.take('a', act.run);
    await soon();
    assert.equal(act.begun, 3, 'and who asks later has one of their own');
  });

  it('of another key wait for nothing, nor do those after a new beginning', async () => {
    const [turns, act] = [new CoalescingQueue(), new Act()];
    void turns.take('a', act.run);
    void turns.take('b', act.run);
    await soon();
    assert.equal(act.begun, 2);
    turns.clear();
    void turns.take('a', act.run);
    await soon();
    assert.equal(act.begun, 3);
  });
});
