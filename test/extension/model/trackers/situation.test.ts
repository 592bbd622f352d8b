import assert from 'node:assert/strict';
import { situationOf } from '../../../../extension/model/trackers/situation.js';
import { status } from '../records.js';

const LINKS = ['none', 'connecting', 'online', 'away', 'refused'] as const;

describe('the situation of the user', () => {
  it('is without a tracker at first', () => {
    for (const link of LINKS)
      for (const isAttached of [true, false])
        assert.equal(situationOf(status({ tracker: null, link }), isAttached), 'noTracker');
  });

  it('is signed in, also while the tracker is unreachable', () => {
    for (const link of LINKS) assert.equal(situationOf(status({ userId: 'ann', link }), true), 'signedIn');
  });

  it('is connecting until something is known', () => {
    for (const link of LINKS) assert.equal(situationOf(status({ link }), false), 'connecting');
    assert.equal(situationOf(status({ link: 'none' }), true), 'connecting');
    assert.equal(situationOf(status({ link: 'connecting' }), true), 'connecting');
  });

  it('is signed out while the agent is not needed, and nothing is pending', () => {
    for (const link of LINKS) assert.equal(situationOf(status({ link }), false, false), 'signedOut');
    assert.equal(situationOf(status({ userId: 'ann' }), false, false), 'signedIn');
    assert.equal(situationOf(status({ tracker: null }), false, false), 'noTracker');
    assert.equal(situationOf(status({ link: 'away' }), true, false), 'offline');
  });

  it('is at a tracker, or at one that does not answer', () => {
    assert.equal(situationOf(status({ link: 'online' }), true), 'signedOut');
    assert.equal(situationOf(status({ link: 'away' }), true), 'offline');
    assert.equal(situationOf(status({ link: 'refused' }), true), 'offline');
  });
});
