import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { dialAddresses, isNear } from '../../../../sdk/engine/ways/dial-addresses.js';
import { dialRules } from '../../../../sdk/engine/ways/dial-rules.js';
import type { DeviceAddress, Endpoint, Source } from '../../../../sdk/protocol/index.js';

const OWN = ['192.168.1.10', '203.0.113.10'];
const OWN_PORT = 24_816;
const RULES = dialRules({ isLoopback: () => false, ownPort: () => OWN_PORT, ownHosts: () => OWN });
const SOURCE: Source = { deviceId: 'd'.repeat(64), userId: 'sam', host: '198.51.100.1', port: 9000, complete: true };

function sourceAt(...addresses: [host: string, port: number][]): Source {
  return { ...SOURCE, addresses: addresses.map(([host, port]): DeviceAddress => ({ host, port, kind: 'seen' })) };
}

/** The addresses of a source that announces no name. */
function found(source: Source, rules = RULES): readonly Endpoint[] {
  const addresses = dialAddresses(source, rules);
  assert.ok(!(addresses instanceof Promise));
  return addresses;
}

describe('the addresses at which a peer is dialled', () => {
  it('are the announced one where a tracker knows no others', () => {
    assert.deepEqual(dialAddresses(SOURCE, RULES), [{ host: '198.51.100.1', port: 9000 }]);
    assert.deepEqual(dialAddresses(sourceAt(), RULES), []);
  });

  it('begin with the own network and with IPv6, and else are in the order of the tracker', () => {
    const source = sourceAt(
      ['198.51.100.9', 2000],
      ['2001:db8::1', 2000],
      ['198.51.100.2', 2000],
      ['192.168.1.7', 2000],
      ['198.51.100.9', 2000],
    );
    assert.deepEqual(
      found(source).map(({ host }) => host),
      ['2001:db8::1', '192.168.1.7', '198.51.100.9', '198.51.100.2'],
    );
  });

  for (const [what, host, port] of [
    ['the own computer', '127.0.0.1', 9000],
    ['the own computer, as IPv6 says it', '::ffff:127.0.0.1', 9000],
    ['this device itself', '192.168.1.10', OWN_PORT],
    ['a service of the link', '169.254.169.254', 9000],
    ['everyone', '255.255.255.255', 9000],
    ['a service of the system', '198.51.100.1', 22],
  ] as const)
    it(`leave out ${what}`, () => {
      assert.deepEqual(dialAddresses(sourceAt([host, port]), RULES), []);
    });

  it('leave out private ones where this computer has none', () => {
    const source = sourceAt(['192.168.1.7', 2000], ['fd00::7', 2000], ['100.64.0.7', 2000], ['198.51.100.9', 2000]);
    const abroad = dialRules({ isLoopback: () => false, ownPort: () => undefined, ownHosts: () => ['203.0.113.10'] });
    assert.deepEqual(dialAddresses(source, abroad), [{ host: '198.51.100.9', port: 2000 }]);
    assert.equal(found(source).length, 4);
  });

  it('are those that a name stands for, each checked, and the name is asked for once', async () => {
    const asked: string[] = [];
    const rules = {
      ...RULES,
      resolve: (host: string) => {
        asked.push(host);
        return host === 'gone.example'
          ? Promise.reject(new Error('ENOTFOUND'))
          : Promise.resolve(['127.0.0.1', '198.51.100.5']);
      },
    };
    const source = sourceAt(['rebinding.example', 9000], ['gone.example', 9000], ['198.51.100.6', 9000]);
    const dialled = await dialAddresses(source, rules);
    assert.deepEqual(
      dialled.map(({ host }) => host),
      ['198.51.100.5', '198.51.100.6'],
    );
    assert.deepEqual(asked, ['rebinding.example', 'gone.example']);
  });

  it('are few, allowed and different, whatever is announced', () => {
    const address = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }));
    fc.assert(
      fc.property(fc.array(address, { maxLength: 30 }), (addresses) => {
        const dialled = found(sourceAt(...addresses));
        assert.ok(dialled.length <= 8);
        assert.equal(new Set(dialled.map(({ host, port }) => `${host} ${port}`)).size, dialled.length);
        assert.ok(dialled.every((one) => RULES.mayDial(one)));
        const ranks = dialled.map(({ host }) => (isNear(host) || !isIPv4(host) ? 0 : 1));
        assert.deepEqual(ranks, [...ranks].sort());
      }),
    );
  });
});
