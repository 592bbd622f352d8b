import assert from 'node:assert/strict';
import { callAway } from '../../../../../sdk/engine/storage/parts/away-calls.js';
import { hasCode } from '../../../../support/has-code.js';

describe('calls about a disk that may stop answering', () => {
  it('are made one after the other, and none while one has no answer for too long', async () => {
    const made: string[] = [];
    let answer = (): void => {};
    const stuck = new Promise<void>((resolve) => (answer = resolve));
    const first = callAway('/mnt/a', () => stuck, 50);
    const second = callAway('/mnt/a', async () => made.push('second'), 50);
    assert.equal(await callAway('/mnt/b', async () => 'of another disk', 50), 'of another disk');
    await assert.rejects(first, hasCode('DISK_UNAVAILABLE'));
    await assert.rejects(second, hasCode('DISK_UNAVAILABLE'));
    await assert.rejects(
      callAway('/mnt/a', async () => made.push('third'), 50),
      hasCode('DISK_UNAVAILABLE'),
    );
    assert.deepEqual(made, []);
    answer();
    await stuck;
    await new Promise(setImmediate);
    assert.equal(await callAway('/mnt/a', async () => 'it answers again', 50), 'it answers again');
    await assert.rejects(
      callAway('/mnt/a', async () => Promise.reject(new Error('full')), 50),
      /full/,
    );
  });
});
