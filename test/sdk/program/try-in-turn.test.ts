import assert from 'node:assert/strict';
import { tryInTurn } from '../../../sdk/program/index.js';

describe('alternatives', () => {
  const refusal = new Error('refused');
  const isRefused = (error: unknown) => error === refusal;
  let tried: string[];
  const accepting = (accepted: string, otherwise = refusal) => {
    tried = [];
    return (alternative: string) => {
      tried.push(alternative);
      return alternative === accepted ? Promise.resolve(`got ${accepted}`) : Promise.reject(otherwise);
    };
  };

  it('are tried in their order until one is accepted', async () => {
    assert.equal(await tryInTurn(['a', 'b', 'c'], isRefused, accepting('b')), 'got b');
    assert.deepEqual(tried, ['a', 'b']);
  });

  it('end with the last refusal', async () => {
    await assert.rejects(tryInTurn(['a', 'b'], isRefused, accepting('c')), refusal);
    assert.deepEqual(tried, ['a', 'b']);
  });

  it('end at once with another error', async () => {
    const other = new Error('away');
    await assert.rejects(tryInTurn(['a', 'b'], isRefused, accepting('b', other)), other);
    assert.deepEqual(tried, ['a']);
  });
});
