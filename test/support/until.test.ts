import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { nextOf } from './next-event.js';
import { until, untilSeen } from './until.js';

describe('waits of tests', function () {
  this.timeout(1600); // they give up 1.5 seconds before

  it('end when it is so', async () => {
    let looks = 0;
    await until(() => ++looks === 3);
    assert.equal(
      await untilSeen(
        () => ++looks,
        (seen) => seen === 6,
      ),
      6,
    );
    const emitter = new EventEmitter();
    const coming = nextOf<[number]>(emitter, 'number', (one) => one === 2);
    for (const one of [1, 2, 3]) emitter.emit('number', one);
    assert.deepEqual(await coming, [2]);
    assert.equal(emitter.listenerCount('number'), 0);
  });

  it('on a condition fail before the limit of the test, with the condition', () =>
    assert.rejects(
      until(() => false),
      /never came: \(\) ?=> ?false/,
    ));

  it('on a value fail with the value that was seen last', () =>
    assert.rejects(
      untilSeen(
        () => ({ rows: ['a'] }),
        ({ rows }) => rows.includes('b'),
      ),
      /rows\.includes\(.b.\); seen last: \{ rows: \[ 'a' \] \}/,
    ));

  it('on an event fail with the last one of its kind', async () => {
    const emitter = new EventEmitter();
    const coming = nextOf<[string]>(emitter, 'told', (what) => what === 'yes');
    emitter.emit('told', 'no');
    await assert.rejects(coming, /never came: told, .*; seen last: \[ 'no' \]/);
    assert.equal(emitter.listenerCount('told'), 0);
  });
});
