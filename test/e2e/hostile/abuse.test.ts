import assert from 'node:assert/strict';
import { needRouters } from '../swarm/need-routers.js';
import { type Abuse, abuse } from './abuse.js';

/** Meetings that a device may ask for in a minute; the flood takes less. */
const MEETINGS_OF_A_DEVICE = 30;
/** Checks of one address of a target in a burst, and what is added while the test runs. */
const CHECKS_OF_A_TARGET = 32;
/** Calls that a client answers within ten seconds, and addresses of each. */
const CALLS = 16;
const ADDRESSES = 8;

describe('a hostile member and a hostile tracker, where every packet at a victim counts', function () {
  this.timeout(240_000);

  let found: Abuse;

  before(async function () {
    await needRouters(this, 'victims');
    found = await abuse();
  });

  it('bring nobody to dial an address or a port that no member may have', () => {
    assert.deepEqual(found.forbidden, { elsewhere: 0, loopback: 0, neighbour: 0 });
  });

  it('bring the tracker to few looks at a computer that has no part in it, and members to none', () => {
    const { byTracker, byMembers } = found.victim;
    assert.ok(byTracker > 0 && byTracker <= CHECKS_OF_A_TARGET, `${byTracker} looks`);
    assert.equal(byMembers, 0);
    assert.ok(found.dialledLiar > 0, 'members look for the liar where the tracker sees it');
  });

  it('bring a client, if it is the tracker, to one connection for each address of few calls', () => {
    const { byClientOfHostileTracker, portsOfThose } = found.victim;
    assert.ok(byClientOfHostileTracker > 0 && byClientOfHostileTracker <= CALLS * ADDRESSES);
    assert.equal(portsOfThose, byClientOfHostileTracker, 'no address is tried twice');
  });

  it('meet few members, none of another group, and are called back once for each meeting', () => {
    const { ok = 0, NOT_A_MEMBER, PEER_UNREACHABLE, RATE_LIMITED } = found.meets;
    assert.ok(ok > 0 && ok <= MEETINGS_OF_A_DEVICE + 1, `${ok} meetings`);
    assert.ok([NOT_A_MEMBER, PEER_UNREACHABLE, RATE_LIMITED].every((refused = 0) => refused > 0));
    const { connections, arranged } = found.back;
    assert.ok(connections > 0 && connections <= arranged, `${connections} connections for ${arranged} meetings`);
  });

  it('get nothing of the relay without both tokens of one meeting, and show no address but their own', () => {
    assert.deepEqual(found.relayed, { toStrangers: 0, toOthers: ['theirs'], seenElsewhere: 0 });
  });
});
