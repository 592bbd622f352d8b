import assert from 'node:assert/strict';
import type { CheckOrder } from '../../../sdk/engine/check-pool.js';
import { Checker } from '../../../sdk/engine/checker.js';
import { ShoalError } from '../../../sdk/protocol/index.js';
import { hasCode } from '../../support/has-code.js';

/** A checker whose thread is played by the test. */
class Played {
  readonly sent: (CheckOrder extends infer T ? (T extends CheckOrder ? Omit<T, 'id'> : never) : never)[] = [];
  readonly found: [piece: number, intact: boolean][] = [];
  readonly failures: ShoalError[] = [];
  isReady = true;
  closed = 0;
  readonly checker = new Checker({
    send: (order) => this.sent.push(order),
    isReady: () => this.isReady,
    onChecked: (piece, intact) => this.found.push([piece, intact]),
    onFailed: (error) => this.failures.push(error),
    onClose: () => this.closed++,
  });

  answer(good: number[], bad: number[] = []): void {
    this.checker.onAnswer({ id: 1, type: 'checked', good, bad });
  }
}

describe('a line to the thread that checks', () => {
  it('has two groups on the way at most, and gathers meanwhile', () => {
    const line = new Played();
    for (const piece of [1, 2, 3, 4]) line.checker.check(piece);
    line.checker.trust(9);
    assert.deepEqual(line.sent, [
      { type: 'check', pieces: [1], trusted: [] },
      { type: 'check', pieces: [2], trusted: [] },
    ]);
    line.answer([1]);
    assert.deepEqual(line.sent.at(-1), { type: 'check', pieces: [3, 4], trusted: [9] });
    line.answer([], [2]);
    line.answer([3, 4]);
    assert.equal(line.sent.length, 3);
    assert.deepEqual(line.found, [
      [1, true],
      [2, false],
      [3, true],
      [4, true],
    ]);
  });

  it('has room for 64 pieces, and none before the thread runs', () => {
    const line = new Played();
    line.isReady = false;
    assert.equal(line.checker.hasRoom, false);
    line.isReady = true;
    for (let piece = 0; piece < 64; piece++) {
      assert.equal(line.checker.hasRoom, true);
      line.checker.check(piece);
    }
    assert.equal(line.checker.hasRoom, false);
    line.answer([0]);
    assert.equal(line.checker.hasRoom, true);
  });

  it('tells in groups what was checked elsewhere, and the rest at the end', async () => {
    const line = new Played();
    for (let piece = 0; piece < 10; piece++) line.checker.trust(piece);
    assert.deepEqual(line.sent, [{ type: 'check', pieces: [], trusted: [0, 1, 2, 3, 4, 5, 6, 7] }]);
    const digest = line.checker.finish();
    assert.deepEqual(line.sent.at(-1), { type: 'check', pieces: [], trusted: [8, 9] });
    line.checker.onAnswer({ id: 1, type: 'digest', digest: Uint8Array.of(7) });
    assert.deepEqual(await digest, Uint8Array.of(7));
  });

  it('fails once, with what the thread says, and is silent when it was closed before', async () => {
    const failing = new Played();
    failing.checker.check(1);
    failing.checker.onAnswer({ id: 1, type: 'failed', code: 'DISK_ERROR', message: 'It cannot be read.' });
    failing.checker.fail(new ShoalError('INTERNAL', 'too late'));
    assert.deepEqual([failing.failures.map(({ code }) => code), failing.closed], [['DISK_ERROR'], 1]);
    await assert.rejects(failing.checker.finish(), hasCode('DISK_ERROR'));
    const closing = new Played();
    closing.checker.check(1);
    closing.checker.close();
    closing.answer([1]);
    assert.deepEqual(closing.sent.at(-1), { type: 'close' });
    assert.deepEqual([closing.found, closing.failures, closing.closed], [[], [], 1]);
    await assert.rejects(closing.checker.finish(), hasCode('CLOSED'));
  });
});
