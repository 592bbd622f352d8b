import assert from 'node:assert/strict';
import { keptVersionsOf } from '../../../../extension/model/sharing/kept-sizes.js';

describe('the sizes of what is kept in the settings', () => {
  it('are MiB, converted to bytes', () => {
    assert.deepEqual(keptVersionsOf(32, 0), { maxFileBytes: 32 << 20, maxTotalBytes: 0 });
  });

  it('change nothing if they are invalid', () => {
    for (const odd of [-1, 0.5, Number.NaN, 2 ** 40, '5', null, undefined, {}])
      assert.deepEqual(keptVersionsOf(odd, odd), { maxFileBytes: undefined, maxTotalBytes: undefined }, String(odd));
  });
});
