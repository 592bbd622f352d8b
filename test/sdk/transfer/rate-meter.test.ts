import assert from 'node:assert/strict';
import { RateMeter } from '../../../sdk/transfer/rate-meter.js';

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= expected * 0.1, `${actual} is not near ${expected}`);
}

describe('RateMeter', () => {
  it('knows a steady rate early, and keeps to it', () => {
    const meter = new RateMeter(2000);
    meter.restart(5000);
    for (let ms = 10; ms <= 10_000; ms += 10) {
      meter.add(10_000, 5000 + ms);
      if (ms === 200 || ms === 2000 || ms === 10_000) near(meter.bytesPerSecond(5000 + ms), 1_000_000);
    }
  });

  it('follows a change within a few time constants, and goes down when nothing comes', () => {
    const meter = new RateMeter(2000);
    meter.restart(0);
    for (let ms = 10; ms <= 20_000; ms += 10) meter.add(ms <= 10_000 ? 1000 : 5000, ms);
    near(meter.bytesPerSecond(20_000), 500_000);
    near(meter.bytesPerSecond(22_000), 500_000 / Math.E);
    assert.ok(meter.bytesPerSecond(80_000) < 1);
  });

  it('makes no rate out of one chunk in no time', () => {
    const meter = new RateMeter(2000);
    meter.restart(0);
    meter.add(16_384, 0);
    assert.ok(meter.bytesPerSecond(0) < 200_000);
  });
});
