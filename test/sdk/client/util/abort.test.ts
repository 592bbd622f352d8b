import assert from 'node:assert/strict';
import { throwIfAborted, untilAborted } from '../../../../sdk/client/util/abort.js';
import { hasCode } from '../support.js';

describe('stopping by a signal', () => {
  it('ends a wait at once, with the code ABORTED', async () => {
    const abort = new AbortController();
    const waiting = untilAborted(new Promise(() => {}), abort.signal);
    abort.abort(new Error('enough'));
    await assert.rejects(
      waiting,
      (error) => hasCode('ABORTED')(error) && error instanceof Error && error.cause === abort.signal.reason,
    );
    await assert.rejects(untilAborted(Promise.resolve(1), abort.signal), hasCode('ABORTED'));
    assert.throws(() => throwIfAborted(abort.signal), hasCode('ABORTED'));
  });

  it('gives what was waited for otherwise, and leaves no listener', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    assert.equal(await untilAborted(Promise.resolve(1), signal), 1);
    await assert.rejects(untilAborted(Promise.reject(new Error('no')), signal), /no/);
    assert.equal(listeners, 0);
    throwIfAborted(undefined);
  });
});
