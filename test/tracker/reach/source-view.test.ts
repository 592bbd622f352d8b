import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isLoopbackAddress, isPrivateAddress, type ReachVerdict } from '../../../sdk/protocol/index.js';
import { Sites } from '../../../tracker/reach/sites.js';
import { addressesFor, sourceFor } from '../../../tracker/reach/source-view.js';
import { addressKey } from '../../../tracker/server/budgets/address.js';
import type { CheckedAddress, KnownSource } from '../../../tracker/swarm/swarm.js';

const HOME = '198.51.100.7';
const LAN = '192.168.1.5';
const sites = new Sites({ gateways: () => new Set(), onProxy: () => {} });

const at = (host: string, verdict: ReachVerdict = 'unchecked', port = 7001): CheckedAddress => ({
  ...{ host, port, verdict },
  kind: isPrivateAddress(host) ? 'private' : 'global',
});

function source(addresses: CheckedAddress[], more: Partial<KnownSource> = {}): KnownSource {
  const who = { deviceId: 'd', userId: 'ann', complete: true, meets: true };
  const endpoint = { host: HOME, port: 7001 };
  return { ...who, endpoint, seen: HOME, reach: undefined, isChecked: true, serves: true, addresses, ...more };
}

const hosts = (known: KnownSource, viewer: string) => addressesFor(known, viewer, sites).map(({ host }) => host);

describe('what a client is told of a source', () => {
  it('are private addresses in the same network only, and those first', () => {
    const known = source([at(HOME, 'open'), at(LAN), at('10.8.0.2')]);
    assert.deepEqual(hosts(known, HOME), [LAN, '10.8.0.2', HOME]);
    assert.deepEqual(hosts(known, '203.0.113.4'), [HOME]);
    assert.deepEqual(
      hosts(known, '192.168.1.9'),
      [HOME],
      'the viewer is inside the network of the tracker, not of the source',
    );
  });

  it('is another global address once the device answered there, or where the tracker cannot judge', () => {
    const foreign = '203.0.113.50';
    const told = (verdict: ReachVerdict, more: Partial<KnownSource> = {}) =>
      hosts(source([at(foreign, verdict)], more), '203.0.113.4').length === 1;
    assert.deepEqual([told('open'), told('closed'), told('other')], [true, false, false]);
    assert.deepEqual([told('unchecked'), told('unchecked', { isChecked: false })], [true, false]);
    const inside = { seen: '192.168.1.5' };
    assert.deepEqual([told('closed', inside), told('other', inside)], [true, false]);
    assert.deepEqual(hosts(source([at('2001:db8:1:2::5', 'closed')], { seen: '2001:db8:1:2::9' }), HOME).length, 1);
  });

  it('are addresses of its own computer on that computer only', () => {
    const known = source([at('127.0.0.1', 'open'), at(LAN)], { seen: '127.0.0.1' });
    assert.deepEqual(hosts(known, '::1'), ['127.0.0.1', LAN]);
    assert.deepEqual(hosts(known, '192.168.1.9'), [LAN]);
    assert.deepEqual(hosts(known, HOME), []);
  });

  it('is ordered by what the tracker found', () => {
    const known = source([at(HOME, 'closed', 1), at(HOME, 'unchecked', 2), at(HOME, 'open', 3), at(HOME, 'other', 4)]);
    assert.deepEqual(
      addressesFor(known, '203.0.113.4', sites).map(({ port }) => port),
      [3, 2, 1],
    );
  });

  it('is one address for version 0.1: the best one, or the endpoint', () => {
    const plain = (known: KnownSource) => sourceFor(known, { seen: '203.0.113.4', knowsReach: false }, sites);
    const base = { deviceId: 'd', userId: 'ann', complete: true };
    assert.deepEqual(plain(source([at(HOME, 'closed')])), { ...base, host: HOME, port: 7001 });
    assert.deepEqual(plain(source([at(HOME, 'closed'), at('203.0.113.5', 'open', 9)])), {
      ...{ ...base, host: '203.0.113.5', port: 9 },
    });
    assert.equal(plain(source([], { endpoint: null })), undefined, 'it cannot meet');
  });

  it('is that it can be met, if there is no address to tell', () => {
    const viewer = { seen: '203.0.113.4', knowsReach: true };
    const hidden = source([at(LAN)], { reach: 'behind', endpoint: { host: LAN, port: 7001 } });
    assert.deepEqual(sourceFor(hidden, viewer, sites), {
      ...{ deviceId: 'd', userId: 'ann', complete: true, host: '0.0.0.0', port: 443 },
      ...{ addresses: [], reach: 'behind', meets: true },
    });
    assert.equal(sourceFor({ ...hidden, meets: false }, viewer, sites), undefined);
    const named = source([], { endpoint: { host: 'box.example', port: 443 }, meets: false });
    assert.equal(sourceFor(named, viewer, sites)?.host, 'box.example');
  });

  it('never breaks the rules, whatever is announced and seen', () => {
    const host = fc.constantFrom(HOME, LAN, '10.0.0.9', '127.0.0.1', '203.0.113.5', '2001:db8:1:2::5', 'fd00::5');
    const verdict = fc.constantFrom<ReachVerdict>('open', 'closed', 'other', 'unchecked');
    const addresses = fc.array(fc.record({ host, verdict }), { maxLength: 8 });
    fc.assert(
      fc.property(addresses, host, host, fc.boolean(), (drawn, seen, viewer, isChecked) => {
        const known = source(
          drawn.map((one, index) => at(one.host, one.verdict, 7000 + index)),
          { seen, isChecked },
        );
        for (const told of addressesFor(known, viewer, sites)) {
          assert.notEqual(told.verdict, 'other');
          if (isLoopbackAddress(told.host)) assert.ok(isLoopbackAddress(seen) && isLoopbackAddress(viewer));
          else if (isPrivateAddress(told.host)) assert.ok(sites.isOne(seen, viewer));
          else if (!isPrivateAddress(seen) && !isLoopbackAddress(seen) && addressKey(told.host) !== addressKey(seen))
            assert.ok(told.verdict === 'open' || (told.verdict === 'unchecked' && isChecked));
        }
      }),
    );
  });
});
