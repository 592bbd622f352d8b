import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ReachAddress, ReachVerdict } from '../../../../sdk/client/api/reach.js';
import { openAddress, type ReachFacts, situationOf } from '../../../../sdk/client/network/situation.js';

const KNOWN: ReachFacts = {
  ...{ isSignedIn: true, fault: undefined, trackerAt: 'internet', isChecked: true, hasMeetings: true, hasRelay: true },
  ...{ connect: 'auto', addresses: [], mapping: undefined, blocked: { outgoing: false, ownNetwork: false } },
};

function at(host: string, verdict: ReachVerdict): ReachAddress {
  return { host, port: 24_816, kind: 'seen', verdict };
}

const INTERNET = at('203.0.113.7', 'open');
const FILTERED = { outgoing: true, ownNetwork: false };
const CLOSED = at('203.0.113.7', 'closed');

describe('what others need to connect with this device', () => {
  const cases: [facts: Partial<ReachFacts>, situation: string, sentence: RegExp][] = [
    [{ isSignedIn: false }, 'signedOut', /once somebody is signed in/],
    [{ fault: 'Nobody can.' }, 'nowhere', /^Nobody can\.$/],
    [{ connect: 'relay', addresses: [INTERNET] }, 'relayOnly', /All transfers take the relay/],
    [{ connect: 'relay', hasRelay: false }, 'relayOnly', /nothing can be transferred/],
    [{ isChecked: false }, 'unknown', /tracker is older.*update it/],
    [{}, 'checking', /not yet checked/],
    [{ addresses: [at('192.168.1.10', 'unchecked')] }, 'checking', /not yet checked/],
    [{ addresses: [CLOSED, INTERNET] }, 'open', /directly \(203\.0\.113\.7:24816\)\.$/],
    [
      { addresses: [INTERNET], mapping: { host: '203.0.113.7', port: 24_816, by: 'PCP' } },
      'open',
      /\(203\.0\.113\.7:24816, opened on the router by PCP\)/,
    ],
    [
      { addresses: [INTERNET], mapping: { host: '203.0.113.7', port: 24_817, by: 'PCP' } },
      'open',
      /\(203\.0\.113\.7:24816\)/,
    ],
    [{ addresses: [CLOSED, at('10.0.0.7', 'open')] }, 'lan', /in this network.*10\.0\.0\.7:24816/],
    [{ trackerAt: 'network', addresses: [INTERNET] }, 'lan', /in this network.*203\.0\.113\.7:24816/],
    [{ trackerAt: 'here', addresses: [at('::1', 'open')] }, 'local', /tracker is on this computer/],
    [{ trackerAt: 'here', addresses: [INTERNET] }, 'local', /tracker is on this computer/],
    [{ addresses: [CLOSED] }, 'behind', /lets nobody in.*the relay of the tracker carries the data\.$/],
    [{ addresses: [at('203.0.113.7', 'other')], connect: 'direct' }, 'behind', /there is no connection\.$/],
    [{ addresses: [CLOSED], hasRelay: false }, 'behind', /there is no connection\.$/],
    [{ addresses: [CLOSED], hasMeetings: false }, 'behind', /Forward a port/],
    [
      { addresses: [CLOSED], blocked: FILTERED },
      'filtered',
      /Only the tracker.*relay of the tracker carries the data\.$/,
    ],
    [{ addresses: [CLOSED], blocked: FILTERED, connect: 'direct' }, 'filtered', /Nothing can be transferred unless/],
    [
      { addresses: [CLOSED], blocked: FILTERED, hasRelay: false },
      'filtered',
      /or the firewall lets connections out\.$/,
    ],
    [{ addresses: [INTERNET], blocked: FILTERED }, 'open', /directly/],
    [{ addresses: [CLOSED], blocked: FILTERED, trackerAt: 'network' }, 'behind', /lets nobody in/],
    [
      { addresses: [INTERNET], blocked: { outgoing: false, ownNetwork: true } },
      'noLocalNetwork',
      /System Settings, Privacy & Security, Local Network\.$/,
    ],
  ];
  for (const [facts, situation, sentence] of cases) {
    it(`is said in one sentence: ${situation}, ${sentence.source}`, () => {
      const found = situationOf({ ...KNOWN, ...facts });
      assert.equal(found.situation, situation);
      assert.match(found.sentence, sentence);
    });
  }

  it('is a direct connection exactly if the tracker reached it, and reaches as far as tracker and address prove', () => {
    const verdict = fc.constantFrom<ReachVerdict>('open', 'closed', 'other', 'unchecked');
    const host = fc.constantFrom('203.0.113.7', '2001:db8::7', '10.0.0.7', 'fd00::7', '127.0.0.1');
    const trackerAt = fc.constantFrom<ReachFacts['trackerAt']>('here', 'network', 'internet');
    fc.assert(
      fc.property(fc.array(fc.tuple(host, verdict)), trackerAt, (all, where) => {
        const addresses = all.map(([one, found]) => at(one, found));
        const open = addresses.filter((one) => one.verdict === 'open');
        const { situation } = situationOf({ ...KNOWN, trackerAt: where, addresses });
        assert.equal(['open', 'lan', 'local'].includes(situation), open.length > 0);
        assert.equal(openAddress(addresses) !== undefined, open.length > 0);
        const isGlobal = open.some((one) => ['203.0.113.7', '2001:db8::7'].includes(one.host));
        assert.equal(situation === 'open', where === 'internet' && isGlobal);
        assert.equal(situation === 'local', where === 'here' && open.length > 0);
      }),
    );
  });
});
