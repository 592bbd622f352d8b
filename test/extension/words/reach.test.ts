import assert from 'node:assert/strict';
import type { ReachRecord } from '../../../extension/contract/contract.js';
import { wordReach } from '../../../extension/words/index.js';

function reach(situation: string, more: Partial<ReachRecord> = {}): ReachRecord {
  const nothing = { address: null, openedBy: null, noMapping: null };
  return { situation, sentence: 'As a newer agent says.', ...nothing, isRelayed: true, ...more };
}

describe('what others need to connect with this computer, in words', () => {
  it('is one text for each situation, but for nobody who is signed in', () => {
    const situations = ['nowhere', 'relayOnly', 'noLocalNetwork', 'unknown', 'checking', 'open', 'lan', 'local'];
    situations.push('behind', 'filtered');
    const texts = situations.map((situation) => wordReach(reach(situation, { address: '203.0.113.7:24816' })));
    assert.equal(new Set(texts).size, situations.length);
    for (const text of texts) assert.match(text, /^[A-Z].*\.$/);
    assert.equal(wordReach(reach('signedOut')), '');
    assert.equal(wordReach(reach('one of later')), 'As a newer agent says.');
  });

  it('names the address, the router and the relay where they matter', () => {
    const address = '203.0.113.7:24816';
    assert.match(wordReach(reach('open', { address })), /\(203\.0\.113\.7:24816\)/);
    assert.match(wordReach(reach('open', { address, openedBy: 'PCP' })), /opened on the router by PCP/);
    assert.match(wordReach(reach('behind')), /relay of the tracker is used/);
    assert.match(wordReach(reach('behind', { isRelayed: false })), /there is no connection/);
    assert.match(wordReach(reach('behind', { noMapping: 'noAnswer' })), /is used\. The router.*turn on PCP/);
    assert.equal(wordReach(reach('behind', { noMapping: 'one of later' })), wordReach(reach('behind')));
    assert.doesNotMatch(wordReach(reach('open', { address, noMapping: 'dead' })), /router/);
    assert.match(wordReach(reach('filtered')), /relay carries the data/);
    assert.match(wordReach(reach('filtered', { isRelayed: false })), /nothing can be transferred/);
    assert.match(wordReach(reach('relayOnly', { isRelayed: false })), /nothing can be transferred/);
  });
});
