import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import fc from 'fast-check';
import {
  defaultGateway,
  findRoute,
  firstHost,
  type NetworkSources,
  neighbourRule,
  systemNetwork,
} from '../../../../sdk/reach/portmap/gateway.js';
import { closedAddressKind } from '../../../../sdk/reach/portmap/router/public-address.js';
import { TestClock } from './test-clock.js';

const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';
const route = (to: string, gateway: string, flags: string, metric: number, mask: string) =>
  `eth0\t${to}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0`;
const TABLE = [
  HEAD,
  route('00000000', '0101A8C0', '0003', 600, '00000000'),
  route('00000000', '0100000A', '0003', 100, '00000000'),
  route('00000000', '00000000', '0001', 50, '00000000'), // through a tunnel
  route('0000A8C0', '00000000', '0001', 100, '0000FFFF'),
].join('\n');

const NO_SIGNAL = new AbortController().signal;

function sources(localAddress: string, netmask: string, changes: Partial<NetworkSources> = {}): NetworkSources {
  const own = { address: localAddress, netmask, family: 'IPv4' } as NetworkInterfaceInfo;
  return {
    routes: async () => undefined,
    interfaces: () => ({ lo: [], eth0: [own] }),
    addressTowards: async () => localAddress,
    responder: async () => undefined,
    ...changes,
  };
}

function hasFault(fault: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'fault' in error && error.fault === fault;
}

describe('the gateway', () => {
  it('is the default route with the lowest metric on Linux', async () => {
    assert.equal(defaultGateway(TABLE, true), '10.0.0.1');
    assert.equal(defaultGateway(TABLE.replace('0100000A', '0A000001'), false), '10.0.0.1');
    for (const none of ['', HEAD, TABLE.replaceAll('\t0003\t', '\t0001\t'), 'a\nb\tc'])
      assert.equal(defaultGateway(none, true), undefined);
    const found = await findRoute(sources('10.0.0.7', '255.255.255.0', { routes: async () => TABLE }), NO_SIGNAL);
    assert.equal(found.gateway, '10.0.0.1');
    assert.equal(found.localAddress, '10.0.0.7');
  });

  it('is elsewhere the router that answers by UPnP, or the first address of the network', async () => {
    const answering = sources('192.168.5.7', '255.255.254.0', { responder: async () => '192.168.5.254' });
    assert.equal((await findRoute(answering, NO_SIGNAL)).gateway, '192.168.5.254');
    assert.equal((await findRoute(sources('192.168.5.7', '255.255.254.0'), NO_SIGNAL)).gateway, '192.168.4.1');
  });

  it('is missing where no way leads out, and not needed at a public address', async () => {
    const offline = { addressTowards: async () => Promise.reject(new Error('ENETUNREACH')) };
    for (const none of [
      sources('10.0.0.7', '255.255.255.0', offline),
      sources('10.0.0.7', '255.255.255.0', { routes: async () => HEAD }),
      sources('10.0.0.1', '255.255.255.0'),
      sources('10.0.0.7', '255.255.255.255'),
      sources('10.0.0.7', '255.255.255.0', { interfaces: () => ({}) }),
    ])
      await assert.rejects(findRoute(none, NO_SIGNAL), hasFault('no-router'));
    await assert.rejects(findRoute(sources('21.4.5.6', '255.255.255.0'), NO_SIGNAL), hasFault('not-needed'));
  });

  it('is looked for in the system without an error that nobody expects', async () => {
    const { responder: _none, ...system } = systemNetwork(new TestClock());
    const found = await findRoute({ ...system, responder: async () => undefined }, NO_SIGNAL).catch(
      (error: unknown) => {
        assert.ok(hasFault('no-router')(error) || hasFault('not-needed')(error), String(error));
      },
    );
    assert.notEqual(found?.gateway, found?.localAddress ?? 'none');
  });
});

describe('a neighbour', () => {
  it('is another computer in the own network', () => {
    const isNeighbour = neighbourRule('192.168.5.7', '255.255.254.0');
    for (const address of ['192.168.5.1', '192.168.4.200']) assert.ok(isNeighbour(address));
    for (const address of ['192.168.5.7', '192.168.6.1', '127.0.0.1', '8.8.8.8', '::1', 'router', ''])
      assert.ok(!isNeighbour(address), address);
  });

  it('is never loopback or link-local, however large the network', () => {
    const isNeighbour = neighbourRule('10.0.0.1', '0.0.0.0');
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const kind = closedAddressKind(address);
        assert.equal(isNeighbour(address), address !== '10.0.0.1' && kind !== 'loopback' && kind !== 'link-local');
      }),
    );
  });

  it('has the first address of the network', () => {
    assert.equal(firstHost('10.200.3.4', '255.0.0.0'), '10.0.0.1');
    assert.equal(firstHost('223.255.255.255', '255.255.255.252'), '223.255.255.253');
  });
});

describe('an external address', () => {
  it('is public outside the special networks', () => {
    const edges = {
      private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '198.19.255.255'],
      "provider's": ['100.64.0.0', '100.127.255.255'],
      'link-local': ['169.254.1.1'],
      loopback: ['127.0.0.1'],
      reserved: ['0.0.0.0', '192.0.0.8', '192.0.2.1', '203.0.113.9', '224.0.0.1', '255.255.255.255'],
      malformed: ['', '10.0.0', '2001:db8::1', '0x7f.1', '010.1.1.1'],
    };
    for (const [kind, addresses] of Object.entries(edges))
      for (const address of addresses) assert.equal(closedAddressKind(address), kind, address);
    for (const address of [
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.0.1',
      '172.32.0.0',
      '223.255.255.255',
    ])
      assert.equal(closedAddressKind(address), undefined, address);
  });
});
