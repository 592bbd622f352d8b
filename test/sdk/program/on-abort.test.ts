import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { onAbort } from '../../../sdk/program/index.js';

describe('those who hear of a signal', () => {
  const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

  it('are many with one listener, and there is none when the last has left', () => {
    const { signal } = new AbortController();
    const ends = Array.from({ length: 50 }, () => onAbort(signal, () => assert.fail('it was not given')));
    assert.equal(listeners(signal), 1);
    for (const end of ends) end();
    for (const end of ends) end(); // twice does no harm
    assert.equal(listeners(signal), 0);
  });

  it('hear of it once each, in order, but for those who left, even meanwhile', () => {
    const abort = new AbortController();
    const heard: string[] = [];
    onAbort(abort.signal, () => {
      heard.push('first');
      endThird();
    });
    const endSecond = onAbort(abort.signal, () => heard.push('second'));
    const endThird = onAbort(abort.signal, () => heard.push('third'));
    const again = () => heard.push('again');
    onAbort(abort.signal, again);
    onAbort(abort.signal, again);
    endSecond();
    abort.abort();
    abort.abort();
    assert.deepEqual(heard, ['first', 'again', 'again']);
    assert.equal(listeners(abort.signal), 0);
  });

  it('are none of a signal that was given before, or of none', () => {
    onAbort(AbortSignal.abort(), () => assert.fail('too late'))();
    onAbort(undefined, () => assert.fail('never'))();
  });
});
