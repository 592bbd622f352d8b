import assert from 'node:assert/strict';
import type { Limited, Limiter } from '../../../../sdk/engine/fetching/limiter.js';
import { LimiterGroup } from '../../../../sdk/engine/fetching/limiter-group.js';
import type { DownloadPace } from '../../../../sdk/engine/messages.js';

/** A limiter that never sends on its own. */
class Outer implements Limiter {
  readonly paces = new Map<Limited, DownloadPace>();
  rate: number | undefined = 1000;

  set(limited: Limited, pace: DownloadPace): void {
    this.paces.set(limited, pace);
  }

  remove(limited: Limited): void {
    this.paces.delete(limited);
  }

  rateOf(): number | undefined {
    return this.rate;
  }

  pump(): void {}
}

/** Has a number of bytes to request. */
class Member implements Limited {
  asked = 0;
  left: number;

  constructor(left: number) {
    this.left = left;
  }

  ask(maxBytes: number): number {
    const bytes = Math.min(maxBytes, this.left);
    this.left -= bytes;
    this.asked += bytes;
    return bytes;
  }

  askAll(): void {
    this.ask(Infinity);
  }
}

describe('the limit of a folder', () => {
  it('is one download to the limiter around it, with one pace', () => {
    const outer = new Outer();
    const group = new LimiterGroup(outer, { bytesPerSecond: 5000, priority: 'high' });
    group.set(new Member(1));
    group.set(new Member(1));
    assert.deepEqual([...outer.paces.keys()], [group]);
    assert.equal(outer.paces.get(group)?.bytesPerSecond, 5000);
    group.setPace({ priority: 'low' });
    assert.deepEqual([...outer.paces.values()], [{ priority: 'low' }]);
    group.close();
    assert.equal(outer.paces.size, 0);
  });

  it('is shared evenly by those who have something to request, and nothing of it is lost', () => {
    const group = new LimiterGroup(new Outer(), {});
    const [one, other, none, gone] = [new Member(1000), new Member(300), new Member(0), new Member(1000)];
    for (const member of [one, other, none, gone]) group.set(member);
    group.remove(gone);
    for (let blocks = 0; blocks < 6; blocks++) assert.equal(group.ask(100), 100);
    assert.deepEqual([one.asked, other.asked], [300, 300]);
    for (let blocks = 0; blocks < 7; blocks++) assert.equal(group.ask(100), 100);
    assert.deepEqual([one.asked, other.asked, none.asked, gone.asked], [1000, 300, 0, 0]);
    assert.equal(group.ask(100), 0);
  });

  it('lets a member request all at once when there is none, and all members when it is lifted', () => {
    const outer = new Outer();
    const group = new LimiterGroup(outer, {});
    const before = new Member(500);
    group.set(before);
    assert.equal(before.asked, 0);
    group.askAll();
    outer.rate = undefined;
    const after = new Member(500);
    group.set(after);
    assert.deepEqual([before.asked, after.asked], [500, 500]);
  });
});
