import assert from 'node:assert/strict';
import { CoalescingQueue } from '../../../../extension/model/tree/coalescing-queue.js';

/** An act that lasts until it is released, and reports its start. */
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

describe('the coalescing queue', () => {
  it('runs one act and one after it, however many are requested', async () => {
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

  it('does not wait for another key, nor after a new beginning', async () => {
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
