import assert from 'node:assert/strict';
import { count, formatDuration, formatSpeed, percentOf } from '../../../../sdk/cli/texts/format.js';

describe('figures for people', () => {
  it('speeds are in MB/s', () => {
    assert.deepEqual([0, 12_345, 1_500_000, 42_420_000, 118_400_000].map(formatSpeed), [
      '0.00 MB/s',
      '0.01 MB/s',
      '1.50 MB/s',
      '42.4 MB/s',
      '118 MB/s',
    ]);
  });

  it('times have at most two units, and none above a day', () => {
    assert.deepEqual([0, 1, 3000, 59_001, 125_000, 3_720_000, 86_399_000, 86_400_000, 4e12].map(formatDuration), [
      '0s',
      '1s',
      '3s',
      '1m00s',
      '2m05s',
      '1h02m',
      '23h59m',
      '–',
      '–',
    ]);
  });

  it('nothing is at 100 percent while a byte is missing', () => {
    assert.equal(percentOf(999_999, 1_000_000), 99);
    assert.equal(percentOf(5, 5), 100);
    assert.equal(percentOf(0, 0), 100);
  });

  it('one is not many', () => {
    assert.deepEqual([count(0, 'file'), count(1, 'file'), count(2, 'file')], ['0 files', '1 file', '2 files']);
  });
});
