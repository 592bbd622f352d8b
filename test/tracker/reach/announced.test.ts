import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type DeviceAddress, endpointFault, MAX_ADDRESSES } from '../../../sdk/protocol/index.js';
import { acceptAddresses, canonicalAddress, placeOf } from '../../../tracker/reach/announced.js';
import { hasCode } from '../../support/has-code.js';

const at = (host: string, kind: DeviceAddress['kind'] = 'private', port = 7001): DeviceAddress => ({
  host,
  port,
  kind,
});
const textOf = ({ host, port, kind }: DeviceAddress) => `${kind} ${host} ${port}`;
const SEEN = '198.51.100.7';

describe('the addresses of a device', () => {
  it('have one form for each IP address', () => {
    for (const [host, plain] of [
      ['192.0.2.1', '192.0.2.1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['::FFFF:c000:201', '192.0.2.1'],
      ['2001:DB8:0:0::1', '2001:db8::1'],
      ['fe80::1%eth0', undefined],
      ['box.example', undefined],
      ['127.1', undefined],
      ['', undefined],
    ] as const)
      assert.equal(canonicalAddress(host), plain, host);
  });

  it('are those that peers may dial, each once; the rest is dropped', () => {
    const accepted = acceptAddresses(
      [
        at('box.example', 'configured'),
        at('203.0.113.5', 'configured'),
        at('::ffff:203.0.113.5', 'mapped'),
        at('127.0.0.1'),
        at('169.254.169.254', 'global'),
        at('224.0.0.1', 'global'),
        at('10.0.0.1', 'private', 22),
        at('10.0.0.1', 'global', 443),
        at('198.51.100.9', 'seen'),
        at('2001:DB8::5', 'private'),
        at('::ffff:7f00:1'),
        at('64:ff9b::7f00:1', 'global'),
      ],
      SEEN,
    );
    assert.deepEqual(accepted.map(textOf), [
      'configured 203.0.113.5 7001',
      'private 10.0.0.1 443',
      'global 2001:db8::5 7001',
    ]);
    assert.deepEqual(acceptAddresses([at('127.0.0.1'), at('::1')], '127.0.0.1').length, 2, "on the tracker's computer");
  });

  it('include the one that the tracker sees, after configured and mapped ones', () => {
    const all = placeOf(
      { endpoint: { port: 7001 }, addresses: [at('192.168.0.2'), at('203.0.113.5', 'mapped', 9000)] },
      SEEN,
      true,
    );
    assert.deepEqual(all.addresses.map(textOf), [
      'mapped 203.0.113.5 9000',
      `seen ${SEEN} 7001`,
      'private 192.168.0.2 7001',
    ]);
    const elsewhere = placeOf({ endpoint: { host: '127.0.0.1', port: 7001 }, addresses: [at('10.0.0.1')] }, SEEN, true);
    assert.deepEqual(elsewhere.addresses.map(textOf), ['private 10.0.0.1 7001'], 'it listens on loopback only');
    const own = placeOf({ endpoint: { port: 7001 }, addresses: [at(SEEN, 'global')] }, SEEN, true);
    assert.deepEqual(own.addresses.map(textOf), [`global ${SEEN} 7001`], 'the device knows it');
  });

  it('include no IPv6 address of a device that listens on IPv4 only', () => {
    const seen = '2001:db8::9';
    const announced = (addresses: DeviceAddress[]) =>
      placeOf({ endpoint: { port: 7001 }, addresses }, seen, true).addresses.map(textOf);
    assert.deepEqual(announced([at('192.168.0.2')]), ['private 192.168.0.2 7001']);
    assert.deepEqual(announced([at('fd00::2')]), [`seen ${seen} 7001`, 'private fd00::2 7001']);
    const four = placeOf({ endpoint: { host: '0.0.0.0', port: 7001 }, addresses: [at('192.168.0.2')] }, seen, true);
    assert.deepEqual([four.endpoint, four.serves], [null, true], 'nor is it told to a client of version 0.1');
    const local = placeOf({ endpoint: { port: 7001 }, addresses: [at('192.168.0.2')] }, '::1', true);
    assert.deepEqual(local.endpoint, { host: '127.0.0.1', port: 7001 });
    assert.deepEqual(local.addresses.map(textOf), ['seen 127.0.0.1 7001', 'private 192.168.0.2 7001']);
  });

  it('of a client of version 0.1 are its endpoint', () => {
    const place = (endpoint: { host?: string; port: number } | null, seen = SEEN) => placeOf({ endpoint }, seen, false);
    assert.deepEqual(place({ port: 7001 }).addresses.map(textOf), [`seen ${SEEN} 7001`]);
    assert.deepEqual(place({ host: '::', port: 7001 }).endpoint, { host: SEEN, port: 7001 });
    assert.deepEqual(place({ host: '203.0.113.5', port: 7001 }).addresses.map(textOf), ['configured 203.0.113.5 7001']);
    assert.deepEqual(place({ host: '::ffff:203.0.113.5', port: 7001 }).endpoint?.host, '203.0.113.5');
    assert.deepEqual(place({ port: 7001 }, '::1').endpoint, { host: '127.0.0.1', port: 7001 });
    assert.deepEqual(place({ host: 'box.example', port: 7001 }).addresses, []);
    assert.equal(place({ host: 'box.example', port: 7001 }).serves, true);
    assert.deepEqual([place(null).serves, place({ host: '127.0.0.1', port: 7001 }).serves], [false, false]);
    assert.throws(() => place({ port: 22 }), hasCode('INVALID_ARGUMENT'));
  });

  it('may be none: then it serves where it is asked to meet', () => {
    const serves = (addresses: DeviceAddress[] | undefined, meets: boolean) =>
      placeOf({ endpoint: null, addresses }, SEEN, meets).serves;
    assert.deepEqual([serves([], true), serves([], false), serves(undefined, true)], [true, false, false]);
    const none = placeOf({ endpoint: null, addresses: [at('203.0.113.5', 'configured')] }, SEEN, true);
    assert.deepEqual(none.addresses, [], 'it says that it serves at no address');
  });

  it('are never more than fit, and never ones that peers refuse', () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('127.0.0.1', '::1', '10.0.0.1', 'fe80::1', 'box'));
    const kind = fc.constantFrom('configured', 'mapped', 'seen', 'global', 'private');
    const port = fc.constantFrom(1, 22, 443, 1024, 7001, 65_535);
    const address = fc.record({ host, port, kind });
    fc.assert(
      fc.property(
        fc.array(address, { maxLength: MAX_ADDRESSES }),
        fc.constantFrom(SEEN, '2001:db8::9'),
        (all, seen) => {
          const { addresses } = placeOf({ endpoint: { port: 7001 }, addresses: all }, seen, true);
          assert.ok(addresses.length <= MAX_ADDRESSES);
          assert.equal(new Set(addresses.map(({ host, port }) => `${host} ${port}`)).size, addresses.length);
          for (const one of addresses) {
            assert.equal(endpointFault(one, false), undefined, textOf(one));
            assert.equal(canonicalAddress(one.host), one.host);
            if (one.kind === 'seen') assert.equal(one.host, seen);
          }
          if (seen === SEEN) assert.ok(addresses.some((one) => one.host === SEEN && one.port === 7001));
        },
      ),
    );
  });
});
