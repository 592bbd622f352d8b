import assert from 'node:assert/strict';
import { parseSpeed } from '../../../sdk/program/index.js';

describe('a speed', () => {
  it('is a number of bytes a second, with a decimal prefix', () => {
    for (const [text, speed] of [
      ['0', 0],
      ['500000', 500_000],
      ['500K', 500_000],
      ['1.5M', 1_500_000],
      ['2MB/s', 2_000_000],
      ['1g', 1e9],
    ] as const)
      assert.equal(parseSpeed(text), speed, text);
    for (const text of ['', 'K', 'off', '-1', '1 K', '1T', '9'.repeat(40), '1e3'])
      assert.equal(parseSpeed(text), undefined, text);
  });
});
