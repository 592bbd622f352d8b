import assert from 'node:assert/strict';
import { changeLimits, DEFAULT_LIMITS } from '../../../../sdk/client/api/limits.js';
import { checkPosition, checkTerms } from '../../../../sdk/client/transfers/transfer-terms.js';
import { ShoalClient } from '../../../../sdk/index.js';
import { hasCode } from '../../../support/has-code.js';

const NO_RATES = [-1, 1, 999, Number.NaN, Infinity, -Infinity];

describe('limits', () => {
  it('stay as they are where nothing is said, and go with 0 and undefined', () => {
    const set = changeLimits(DEFAULT_LIMITS, { downloadBytesPerSecond: 1000, uploadBytesPerSecond: 5e7 });
    assert.deepEqual(set, { downloadBytesPerSecond: 1000, uploadBytesPerSecond: 5e7, downloadsAtOnce: 5 });
    assert.deepEqual(changeLimits(set, {}), set);
    assert.deepEqual(changeLimits(set, { downloadBytesPerSecond: 0, downloadsAtOnce: undefined }), {
      ...{ downloadBytesPerSecond: undefined, uploadBytesPerSecond: 5e7, downloadsAtOnce: undefined },
    });
  });

  it('are refused when they are none, and nothing is changed then', () => {
    for (const rate of NO_RATES) {
      assert.throws(() => changeLimits(DEFAULT_LIMITS, { downloadBytesPerSecond: rate }), hasCode('INVALID_ARGUMENT'));
      assert.throws(() => changeLimits(DEFAULT_LIMITS, { uploadBytesPerSecond: rate }), hasCode('INVALID_ARGUMENT'));
      assert.throws(() => checkTerms({ priority: 'low', limitBytesPerSecond: rate }), hasCode('INVALID_ARGUMENT'));
    }
    for (const count of [-1, 1.5, Number.NaN, Infinity]) {
      assert.throws(() => changeLimits(DEFAULT_LIMITS, { downloadsAtOnce: count }), hasCode('INVALID_ARGUMENT'));
      assert.throws(() => checkPosition(count), hasCode('INVALID_ARGUMENT'));
    }
    assert.throws(() => checkTerms({ priority: 'urgent' as 'high' }), hasCode('INVALID_ARGUMENT'));
    const options = { tracker: 'wss://127.0.0.1:1', dataDir: 'nowhere' };
    assert.throws(() => new ShoalClient({ ...options, limits: { downloadsAtOnce: -1 } }), hasCode('INVALID_ARGUMENT'));
    const client = new ShoalClient({ ...options, limits: { downloadsAtOnce: 2 } });
    assert.throws(() => client.setLimits({ uploadBytesPerSecond: 1 }), hasCode('INVALID_ARGUMENT'));
    assert.equal(client.limits.downloadsAtOnce, 2);
    client.setLimits({ uploadBytesPerSecond: 2000 });
    assert.deepEqual(client.limits, {
      ...{ downloadBytesPerSecond: undefined, uploadBytesPerSecond: 2000, downloadsAtOnce: 2 },
    });
  });
});
