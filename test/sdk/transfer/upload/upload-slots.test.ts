import assert from 'node:assert/strict';
import { UploadSlots } from '../../../../sdk/transfer/upload/upload-slots.js';

/** Lets time pass in which a line carries what `bytesPerSecond` says for a number of slots. */
function pass(slots: UploadSlots, seconds: number, from: number, bytesPerSecond: (count: number) => number): number {
  for (let second = from; second < from + seconds; second++) {
    const bytes = bytesPerSecond(slots.count);
    for (let block = 0; block < 100; block++) slots.onSent(bytes / 100);
    slots.review((second + 1) * 1000, true);
  }
  return from + seconds;
}

describe('UploadSlots', () => {
  it('stay few where few fill the line', () => {
    const slots = new UploadSlots(4);
    slots.review(0, true);
    let now = 0;
    let most = 0;
    for (let times = 0; times < 100; times++) {
      now = pass(slots, 1, now, () => 1e6);
      most = Math.max(most, slots.count);
    }
    assert.equal(most, 6, 'more are tried, a step');
    now = pass(slots, 3, now, () => 1e6);
    assert.ok(slots.count <= 6);
  });

  it('become as many as it takes where each peer takes little, and few again when nobody waits', () => {
    const slots = new UploadSlots(4);
    slots.review(0, true);
    const now = pass(slots, 120, 0, (count) => Math.min(40, count) * 1e5);
    assert.ok(slots.count >= 30 && slots.count <= 64, `${slots.count}`);
    slots.onSent(1);
    slots.review((now + 9) * 1000, false);
    assert.equal(slots.count, 4);
  });

  it('become more when those who have them take nothing', () => {
    const slots = new UploadSlots(4);
    for (let seconds = 0; seconds < 100; seconds++) slots.review(seconds * 1000, true);
    assert.ok(slots.count > 16, `${slots.count}`);
  });

  it('are one at least', () => {
    assert.throws(() => new UploadSlots(0), /slots/);
  });
});
