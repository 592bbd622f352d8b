import assert from 'node:assert/strict';
import { DEFAULT_LIMITS, relayLimits } from '../../../../tracker/server/budgets/limits.js';

const MIB = 1024 * 1024;

describe('limits of the relay', () => {
  it('are the default ones for the default rate', () => {
    const { relayBytesPerSecond, relayBytesPerSecondPerSession } = DEFAULT_LIMITS;
    assert.deepEqual(relayLimits(relayBytesPerSecond), { relayBytesPerSecond, relayBytesPerSecondPerSession });
  });

  it('give one connection a quarter of a larger rate, and no less than the default of a smaller one', () => {
    assert.equal(relayLimits(400 * MIB).relayBytesPerSecondPerSession, 100 * MIB);
    assert.equal(relayLimits(MIB).relayBytesPerSecondPerSession, 2 * MIB);
  });
});
