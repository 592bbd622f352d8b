import assert from 'node:assert/strict';
import { RouteUpkeep, type UpkeepView } from '../../../../sdk/engine/ways/route-upkeep.js';

const MINUTE_MS = 60_000;
const RELAYED: UpkeepView = { path: 'relay', connect: 'auto', isMute: false };

/** The minutes at which another way is looked for, when asked every second. */
function searches(upkeep: RouteUpkeep, view: UpkeepView, minutes: number): number[] {
  const at: number[] = [];
  for (let nowMs = 0; nowMs < minutes * MINUTE_MS; nowMs += 1000)
    if (upkeep.search(view, nowMs)) at.push(nowMs / MINUTE_MS);
  return at;
}

describe('the upkeep of a way to a peer', () => {
  let upkeep: RouteUpkeep;
  beforeEach(() => {
    upkeep = new RouteUpkeep();
    upkeep.connected(0);
  });

  it('looks for a better way than the relay after 1, 5 and 15 minutes', () => {
    assert.deepEqual(searches(upkeep, RELAYED, 30), [1, 6, 21]);
  });

  it('looks for none where only the relay is allowed, or none is needed', () => {
    assert.deepEqual(searches(upkeep, { ...RELAYED, connect: 'relay' }, 30), []);
    assert.deepEqual(searches(upkeep, { ...RELAYED, path: 'direct' }, 30), []);
    assert.deepEqual(searches(upkeep, { ...RELAYED, path: 'back' }, 30), []);
  });

  it('looks at once after a change of network, and does not use the relay for that', () => {
    upkeep.networkChanged(5000);
    assert.equal(upkeep.search(RELAYED, 5000), 'direct');
    assert.equal(upkeep.search(RELAYED, 6000), undefined);
  });

  it('looks for any other way to a peer that does not answer, six times a minute at most', () => {
    const mute = { ...RELAYED, path: 'direct', isMute: true } as const;
    assert.deepEqual(
      searches(upkeep, mute, 1).map((minute) => Math.round(60 * minute)),
      [0, 10, 20, 30, 40, 50],
    );
    assert.equal(upkeep.search(mute, 10 * MINUTE_MS), 'auto');
  });

  it('begins an old search anew when the peer is announced again, three times a minute at most', () => {
    const restarts: number[] = [];
    upkeep.searches(0);
    for (let second = 0; second < 60; second++) {
      if (!upkeep.mayRestart(1000 * second, false)) continue;
      restarts.push(second);
      upkeep.searches(1000 * second);
    }
    assert.deepEqual(restarts, [3, 23, 43]);
  });

  it('begins a young search anew, too, when the peer has other addresses', () => {
    upkeep.searches(0);
    assert.ok(!upkeep.mayRestart(1000, false));
    assert.ok(upkeep.mayRestart(1000, true));
    assert.ok(!upkeep.mayRestart(2000, true), 'three times a minute at most');
  });

  it('calls a connection dead if nothing is heard for five seconds after a change of network', () => {
    assert.ok(!upkeep.isDead(0, MINUTE_MS));
    upkeep.networkChanged(MINUTE_MS);
    const { patienceMs } = upkeep;
    assert.ok(!upkeep.isDead(MINUTE_MS, MINUTE_MS + 4999));
    assert.ok(upkeep.isDead(MINUTE_MS, MINUTE_MS + 5000));
    upkeep.networkChanged(2 * MINUTE_MS);
    assert.ok(!upkeep.isDead(2 * MINUTE_MS + 10, 2 * MINUTE_MS + 5000));
    assert.ok(!upkeep.isDead(2 * MINUTE_MS + 10, 9 * MINUTE_MS), 'one sound is enough');
    assert.ok(upkeep.patienceMs > patienceMs, 'nor is it asked in vain so soon any more');
  });
});
