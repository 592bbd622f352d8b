import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { endpointFault, MAX_ADDRESSES } from '../../../sdk/protocol/index.js';
import {
  announcedAddresses,
  hasAddress,
  type Interfaces,
  interfaceAddresses,
  isGlobalAddress,
  networkSignature,
  systemInterfaces,
} from '../../../sdk/reach/index.js';
import { info } from './interface-info.js';

function computer(addresses: Record<string, string[]>): Interfaces {
  return Object.fromEntries(Object.entries(addresses).map(([name, all]) => [name, all.map((one) => info(one))]));
}

const LAPTOP = computer({
  lo: ['127.0.0.1', '::1'],
  wlan0: ['192.168.1.10', '2001:db8:1::10', 'fe80::1'],
  wg0: ['100.64.0.7', 'fd00:7::1'],
  docker0: ['172.17.0.1'],
  'br-0f3a': ['172.18.0.1'],
  veth12: ['169.254.3.3'],
});

const NAMES = fc.constantFrom(
  'eth0',
  'wlan0',
  'wg0',
  'tun1',
  'docker0',
  'br-1',
  'veth7',
  'virbr0',
  'vmnet8',
  'cni0',
  'lo',
);
const HOSTS = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.constantFrom('127.0.0.1', '::1', 'fe80::1', '169.254.1.1', '224.0.0.1'),
);
const ANY_COMPUTER = fc
  .dictionary(NAMES, fc.array(HOSTS, { maxLength: 12 }), { maxKeys: 6 })
  .map((all) => computer(all));
const PLACES = fc.record({ host: HOSTS, port: fc.integer({ min: 0, max: 70_000 }) });

describe('the addresses of a computer', () => {
  it('are those of its real interfaces, the Internet first', () => {
    assert.deepEqual(interfaceAddresses(LAPTOP, { loopback: false }), [
      '2001:db8:1::10',
      '192.168.1.10',
      '100.64.0.7',
      'fd00:7::1',
    ]);
    assert.deepEqual(interfaceAddresses(LAPTOP, { loopback: false, onlyV4: true }), ['192.168.1.10', '100.64.0.7']);
  });

  it('begin with the interface that leads to the tracker, whatever its name', () => {
    const overVpn = interfaceAddresses(LAPTOP, { loopback: false, route: 'fd00:7::1' });
    assert.deepEqual(overVpn.slice(1, 3), ['fd00:7::1', '100.64.0.7']);
    const switched = computer({ eth0: ['10.0.0.3'], 'vEthernet (External)': ['192.168.1.10'] });
    assert.deepEqual(interfaceAddresses(switched, { loopback: false }), ['10.0.0.3']);
    const wanted = { loopback: false, route: '192.168.1.10' };
    assert.deepEqual(interfaceAddresses(switched, wanted), ['192.168.1.10', '10.0.0.3']);
  });

  it('are its own alone if the tracker is on it, too', () => {
    assert.ok(interfaceAddresses(LAPTOP, { loopback: true }).includes('127.0.0.1'));
    assert.ok(!interfaceAddresses(LAPTOP, { loopback: false }).includes('127.0.0.1'));
  });

  it('are few of one subnet, since temporary ones would fill an announcement', () => {
    const temporary = Array.from({ length: 7 }, (_, index) => `2001:db8:1::${index + 1}`);
    const found = interfaceAddresses(computer({ en0: [...temporary, '2001:db8:2::1', '10.0.0.7'] }), {
      loopback: false,
    });
    assert.deepEqual(found, ['2001:db8:1::1', '2001:db8:1::2', '2001:db8:2::1', '10.0.0.7']);
  });

  it('belong to the Internet or to a network of their own', () => {
    for (const address of ['192.0.2.7', '2001:db8::1', '100.63.0.1', '172.32.0.1'])
      assert.ok(isGlobalAddress(address), address);
    for (const address of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.0.1',
      '100.64.0.1',
      'fd00::1',
      '::1',
      '127.0.0.1',
      'name',
    ])
      assert.ok(!isGlobalAddress(address), address);
  });

  it('can all be dialled, each once, in the order of their kinds, and fit into a message', () => {
    const order = ['configured', 'mapped', 'global', 'private'];
    fc.assert(
      fc.property(
        fc.record({
          interfaces: ANY_COMPUTER,
          configured: fc.array(PLACES, { maxLength: 6 }),
          mapped: fc.option(PLACES, { nil: undefined }),
          port: fc.integer({ min: 1024, max: 65_535 }),
          loopback: fc.boolean(),
          onlyV4: fc.boolean(),
        }),
        ({ interfaces, configured, mapped, port, loopback, onlyV4 }) => {
          const own = interfaceAddresses(interfaces, { loopback, onlyV4 });
          const announced = announcedAddresses({ configured, mapped, own, port, loopback });
          assert.ok(announced.length <= MAX_ADDRESSES);
          for (const one of announced) assert.equal(endpointFault(one, loopback), undefined, one.host);
          const places = announced.map(({ host, port: at }) => `${host} ${at}`);
          assert.equal(new Set(places).size, places.length);
          const kinds = announced.map(({ kind }) => order.indexOf(kind));
          assert.deepEqual(kinds, [...kinds].sort());
          for (const { host, kind } of announced) {
            if (kind === 'global') assert.ok(isGlobalAddress(host));
            if (kind === 'private') assert.ok(!isGlobalAddress(host));
          }
          if (onlyV4) assert.ok(own.every(isIPv4));
        },
      ),
    );
  });

  it('are none where the system does not tell them', () => {
    const refuse = () => {
      throw new Error('uv_interface_addresses returned EACCES');
    };
    assert.deepEqual(systemInterfaces(refuse), {});
    assert.deepEqual(
      systemInterfaces(() => LAPTOP),
      LAPTOP,
    );
  });

  it('have one spelling', () => {
    const announced = announcedAddresses({
      configured: [
        { host: '2001:DB8:0::10', port: 7001 },
        { host: '::ffff:192.0.2.7', port: 7001 },
      ],
      own: ['2001:db8::10', '192.0.2.7'],
      port: 7001,
      loopback: false,
    });
    assert.deepEqual(announced, [
      { host: '2001:db8::10', port: 7001, kind: 'configured' },
      { host: '192.0.2.7', port: 7001, kind: 'configured' },
    ]);
    assert.ok(hasAddress(LAPTOP, '::ffff:192.168.1.10'));
    assert.ok(!hasAddress(LAPTOP, '192.168.1.11'));
  });

  it('make up the network, in whatever order the system lists them, without containers', () => {
    fc.assert(
      fc.property(ANY_COMPUTER, fc.array(HOSTS, { maxLength: 3 }), (interfaces, hosts) => {
        const turned = Object.fromEntries(
          Object.entries(interfaces)
            .reverse()
            .map(([name, infos]) => [name, [...(infos ?? [])].reverse()]),
        );
        const withContainer = { ...turned, vethX: hosts.map((host) => info(host)) };
        assert.equal(networkSignature(withContainer), networkSignature(interfaces));
        const moved = { ...interfaces, eth9: [info('203.0.113.9')] };
        assert.notEqual(networkSignature(moved), networkSignature(interfaces));
      }),
    );
  });
});
