import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitsOf, readRate } from '../../../../extension/model/downloads/rates.js';

const NONE = { downloadBytesPerSecond: 0, uploadBytesPerSecond: 0, downloadsAtOnce: 0 };

describe('the rates of the settings', () => {
  it('are KiB per second, converted to bytes', () => {
    assert.deepEqual(limitsOf(500, 1, 3), {
      ...{ downloadBytesPerSecond: 512_000, uploadBytesPerSecond: 1024, downloadsAtOnce: 3 },
    });
    assert.deepEqual(limitsOf(0, 0, 0), NONE);
  });

  it('do not apply if they are invalid', () => {
    for (const odd of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '5', null, undefined, {}])
      assert.deepEqual(limitsOf(odd, odd, odd === 2 ** 40 ? 0 : odd), NONE, String(odd));
  });

  it('are valid for the SDK, or none, whatever is written', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (down, up, atOnce) => {
        const limits = limitsOf(down, up, atOnce);
        for (const rate of [limits.downloadBytesPerSecond ?? 0, limits.uploadBytesPerSecond ?? 0])
          assert.ok(rate === 0 || (Number.isSafeInteger(rate) && rate >= 1000));
        assert.ok(Number.isSafeInteger(limits.downloadsAtOnce));
      }),
    );
  });

  it('are whole numbers if they are typed', () => {
    assert.deepEqual(['0', ' 12 ', '1.5', '-3', '12k', '', '1e3', '99999999999'].map(readRate), [
      0,
      12 * 1024,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
