import assert from 'node:assert/strict';
import { DiskChannel } from '../../../../../sdk/engine/storage/disk-workers/disk-channel.js';
import type { ArrivedPiece, DiskOrder } from '../../../../../sdk/engine/storage/disk-workers/disk-messages.js';
import { ShoalError } from '../../../../../sdk/protocol/index.js';
import { hasCode } from '../../../../support/has-code.js';

type Sent = DiskOrder extends infer T ? (T extends DiskOrder ? Omit<T, 'id'> : never) : never;

/** A verifier whose thread the test simulates. */
class Played {
  readonly sent: Sent[] = [];
  readonly found: [piece: number, intact: boolean][] = [];
  readonly freed: number[] = [];
  readonly failures: ShoalError[] = [];
  isReady = true;
  closed = 0;
  readonly checker = new DiskChannel({
    send: (order) => this.sent.push(order),
    isReady: () => this.isReady,
    onChecked: (piece, intact) => this.found.push([piece, intact]),
    onFreed: (slot) => this.freed.push(slot),
    onFailed: (error) => this.failures.push(error),
    onClose: () => this.closed++,
  });

  keep(...pieces: number[]): void {
    for (const one of arrived(...pieces)) this.checker.keep(one);
  }

  answer(good: number[], bad: number[] = [], freed: number[] = []): void {
    this.checker.onAnswer({ id: 1, type: 'checked', good, bad, freed });
  }
}

/** The slot of a piece is ten times its number. */
function arrived(...pieces: number[]): ArrivedPiece[] {
  return pieces.map((piece) => ({ piece, slot: 10 * piece, isCached: piece === 1 }));
}

/** Waits for one turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('a line to the thread that writes and checks', () => {
  it('hands over at once what came in one turn, and tells what is said of it', async () => {
    const line = new Played();
    line.keep(1, 2);
    line.checker.trust(9);
    assert.deepEqual(line.sent, []);
    await turn();
    line.keep(3);
    await turn();
    assert.deepEqual(line.sent, [
      { type: 'keep', pieces: arrived(1, 2), trusted: [9] },
      { type: 'keep', pieces: arrived(3), trusted: [] },
    ]);
    line.answer([1], [2], [20]);
    line.answer([3], [], [10, 30]);
    assert.deepEqual(line.found, [
      [1, true],
      [2, false],
      [3, true],
    ]);
    assert.deepEqual(line.freed, [20, 10, 30]);
  });

  it('takes nothing before the thread runs', () => {
    const line = new Played();
    line.isReady = false;
    assert.equal(line.checker.isReady, false);
    line.isReady = true;
    assert.equal(line.checker.isReady, true);
  });

  it('tells in groups what was checked elsewhere, and the rest at the end', async () => {
    const line = new Played();
    for (let piece = 0; piece < 10; piece++) line.checker.trust(piece);
    assert.deepEqual(line.sent, [{ type: 'keep', pieces: [], trusted: [0, 1, 2, 3, 4, 5, 6, 7] }]);
    const digest = line.checker.finish();
    assert.deepEqual(line.sent.at(-1), { type: 'keep', pieces: [], trusted: [8, 9] });
    line.checker.onAnswer({ id: 1, type: 'digest', digest: Uint8Array.of(7) });
    assert.deepEqual(await digest, Uint8Array.of(7));
  });

  it('is closed when the thread says that it writes nothing any more, and is silent from the first word on', async () => {
    const line = new Played();
    line.keep(1);
    let isClosed = false;
    const closed = line.checker.close().then(() => {
      isClosed = true;
    });
    await turn();
    assert.deepEqual(line.sent, [{ type: 'close' }]);
    line.answer([1], [], [10]);
    assert.deepEqual([line.found, line.freed, line.failures, line.closed, isClosed], [[], [], [], 0, false]);
    line.checker.onAnswer({ id: 1, type: 'closed' });
    await closed;
    await line.checker.close();
    assert.equal(line.closed, 1);
    await assert.rejects(line.checker.finish(), hasCode('CLOSED'));
  });

  it('fails once, with what the thread says, and is closed with it or when it dies', async () => {
    const failing = new Played();
    failing.keep(1);
    failing.checker.onAnswer({ id: 1, type: 'failed', code: 'DISK_ERROR', message: 'It cannot be written.' });
    failing.checker.onAnswer({ id: 1, type: 'closed' });
    await failing.checker.close();
    assert.deepEqual([failing.failures.map(({ code }) => code), failing.closed], [['DISK_ERROR'], 1]);
    await assert.rejects(failing.checker.finish(), hasCode('DISK_ERROR'));
    const dying = new Played();
    dying.checker.die(new ShoalError('INTERNAL', 'The thread is no more.'));
    await dying.checker.close();
    assert.deepEqual(
      dying.failures.map(({ code }) => code),
      ['INTERNAL'],
    );
  });
});
