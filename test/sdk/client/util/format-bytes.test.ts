import assert from 'node:assert/strict';
import { formatBytes } from '../../../../sdk/client/util/format-bytes.js';

describe('sizes for people', () => {
  it('have the unit that fits', () => {
    for (const [bytes, text] of [
      [0, '0 bytes'],
      [1, '1 byte'],
      [1023, '1023 bytes'],
      [1024, '1 KiB'],
      [1536, '1.50 KiB'],
      [268_435_456, '256 MiB'],
      [3_000_000, '2.86 MiB'],
      [123_456_789, '118 MiB'],
      [2 ** 40, '1 TiB'],
      [2 ** 50, '1024 TiB'],
    ] as const) {
      assert.equal(formatBytes(bytes), text);
    }
  });
});
