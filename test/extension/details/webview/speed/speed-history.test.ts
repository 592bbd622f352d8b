import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  HISTORY_SECONDS,
  SpeedHistory,
  scaleEnd,
} from '../../../../../extension/details/webview/speed/speed-history.js';

describe('the history of speeds', () => {
  it('keeps the mean of each second and a gap for silent ones', () => {
    const history = new SpeedHistory();
    history.add(1000, 10);
    history.add(1250, 20);
    history.add(1999, 60);
    history.add(4000, 5);
    assert.deepEqual(history.values, [30, null, null, 5]);
    assert.equal(history.peak, 30);
  });

  it('treats a clock that is set back a little as the same second, and starts again after a long silence', () => {
    const history = new SpeedHistory();
    history.add(10_000, 10);
    history.add(9000, 20);
    assert.deepEqual(history.values, [15]);
    history.add(10_000 + HISTORY_SECONDS * 1000, 7);
    assert.deepEqual(history.values, [7]);
    history.add(0, 3);
    assert.deepEqual(history.values, [3]);
  });

  it('never holds more than five minutes nor anything but speeds', () => {
    const heard = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.double()), { maxLength: 400 });
    fc.assert(
      fc.property(heard, (samples) => {
        const history = new SpeedHistory();
        for (const [now, speed] of samples) history.add(now, speed);
        assert.ok(history.values.length <= HISTORY_SECONDS);
        assert.ok(history.values.every((value) => value === null || (Number.isFinite(value) && value >= 0)));
      }),
    );
  });

  it('continues from a saved state', () => {
    const history = new SpeedHistory();
    history.add(1000, 10.4);
    history.add(3000, 20);
    const saved = history.save();
    assert.deepEqual(JSON.parse(JSON.stringify(saved)), saved);
    const restored = SpeedHistory.restore(saved);
    restored.add(5000, 30);
    assert.deepEqual(restored.values, [10, null, 20, null, 30]);
  });

  it('is drawn on a scale that contains it, of at most twice its height', () => {
    assert.equal(scaleEnd(0), 1024);
    assert.equal(scaleEnd(1025), 2048);
    assert.equal(scaleEnd(900 * 1024), 1024 * 1024);
    fc.assert(
      fc.property(fc.double({ min: 1024, max: 1e12, noNaN: true }), (speed) => {
        assert.ok(scaleEnd(speed) >= speed);
        assert.ok(scaleEnd(speed) <= speed * 2.01);
      }),
    );
  });
});
