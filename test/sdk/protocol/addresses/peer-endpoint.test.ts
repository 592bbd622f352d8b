import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { addressFault, endpointFault, isLoopbackAddress, isPrivateAddress } from '../../../../sdk/protocol/index.js';

const isRefused = (host: string, loopback: boolean, port = 7001) =>
  endpointFault({ host, port }, loopback) !== undefined;

describe('where a peer may be', () => {
  it('is at an address of one computer, or at the plain name of a host', () => {
    for (const host of [
      '192.0.2.7',
      '10.1.2.3',
      '100.64.0.1',
      '2001:db8::7',
      'fd00::1',
      '::ffff:192.0.2.7',
      'box',
      'a.example.org',
      'xn--bcher-kva.example',
    ])
      for (const loopback of [false, true]) assert.ok(!isRefused(host, loopback), host);
  });

  it('is not at an address of everybody, nobody, or of the network at hand, however it is written', () => {
    for (const host of [
      ...['0.0.0.0', '0.1.2.3', '169.254.1.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
      ...[
        '::',
        '::5',
        'fe80::1',
        'febf::1',
        'fe80::1%eth0',
        'ff02::1',
        '::ffff:0.0.0.0',
        '::ffff:a9fe:101',
        '::ffff:224.0.0.1',
      ],
      ...['64:ff9b::224.0.0.1', '2002:a9fe:101::1', '0:0:0:0:0:ffff:ffff:ffff'],
      ...['64:ff9b::7f00:1', '2002:7f00:1::', '64:ff9b::192.168.1.1', '2002:c0a8:101::1', '2002:6440:1::'],
      ...['::ffff:0:10.0.0.1', '::ffff:0:7f00:1', '64:ff9b:1::a00:1', '2001::1', '2001:0:cb00:7101::f5ff:fffe'],
    ])
      for (const loopback of [false, true]) assert.ok(isRefused(host, loopback), host);
  });

  it('is on the own computer only where the tracker is', () => {
    for (const host of [
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      '0:0:0:0:0:0:0:1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      'localhost',
      'LOCALHOST',
      'x.localhost',
    ]) {
      assert.ok(isRefused(host, false), host);
      assert.ok(!isRefused(host, true), host);
    }
    assert.ok(
      isLoopbackAddress('::1') &&
        !isLoopbackAddress('192.0.2.1') &&
        !isLoopbackAddress('box') &&
        !isLoopbackAddress(''),
    );
  });

  it('has no name that is a path, a number in disguise, or anything but letters, digits and hyphens', () => {
    for (const host of [
      ...[
        '',
        '.',
        'a.',
        '.a',
        'a..b',
        '-a',
        'a-',
        'a_b',
        'a b',
        '/tmp/x.sock',
        'a/b',
        'a:b',
        'a@b',
        '\ud800',
        '\u0000',
        'bücher.example',
        'о.example',
      ],
      ...[
        '127.1',
        '2130706433',
        '0x7f000001',
        '0x7f.1',
        '0177.0.0.1',
        '1.2.3.4.5',
        '127.0.0.1.',
        'localhost.',
        '[::1]',
        'a'.repeat(64),
        `${'a.'.repeat(127)}a`,
      ],
    ])
      assert.ok(isRefused(host, true), JSON.stringify(host));
  });

  it('has a port that is no service of the system', () => {
    for (const port of [443, 1024, 6881, 65_535]) assert.ok(!isRefused('192.0.2.1', false, port), String(port));
    for (const port of [-1, 0, 1, 22, 80, 442, 444, 1023, 65_536, 2000.5, Number.NaN])
      assert.ok(isRefused('192.0.2.1', false, port), String(port));
  });

  it('is judged by the IPv4 address within an IPv6 one, which must be public in a tunnel or a translator', () => {
    const kinds = fc.constantFrom('', '10.0.0.', '100.64.0.', '127.0.0.', '169.254.0.', '172.16.0.', '192.168.0.');
    const ipV4 = fc
      .tuple(fc.ipV4(), kinds)
      .map(([address, net]) => net + (net === '' ? address : address.split('.')[3]));
    fc.assert(
      fc.property(ipV4, fc.boolean(), (address, loopback) => {
        const fault = addressFault(address, loopback);
        const isPublic = addressFault(address, false) === undefined && !isPrivateAddress(address);
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const words = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        for (const form of [`::ffff:${address}`, `::ffff:${words}`])
          assert.equal(addressFault(form, loopback), fault, form);
        for (const form of [`64:ff9b::${words}`, `64:ff9b::${address}`, `2002:${words}::1`])
          assert.equal(addressFault(form, loopback) === undefined, isPublic, form);
      }),
    );
  });

  it('is, of all texts, a literal address or letters, digits, hyphens and dots that no resolver takes for a number', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'01x.:-aZ'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(text, (host) => {
        if (isRefused(host, true) || isIP(host) !== 0) return;
        assert.match(host, /^[a-z0-9.-]+$/i);
        assert.doesNotMatch(host, /(?:^|\.)(?:\d+|0x[\da-f]*)$/i);
      }),
    );
  });

  it('is in a private network at some addresses, however they are written', () => {
    for (const address of [
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '100.64.0.1',
      '100.127.255.255',
      '198.18.0.1',
    ])
      assert.ok(isPrivateAddress(address), address);
    for (const address of [
      'fd00::1',
      'fc00::1',
      '::ffff:10.0.0.1',
      '::ffff:c0a8:101',
      '64:ff9b::10.0.0.1',
      '2002:a00:1::1',
    ])
      assert.ok(isPrivateAddress(address), address);
    for (const address of [
      '9.255.255.255',
      '11.0.0.0',
      '172.32.0.1',
      '192.169.0.1',
      '100.128.0.1',
      '127.0.0.1',
      '203.0.113.1',
    ])
      assert.ok(!isPrivateAddress(address), address);
    for (const address of ['2001:db8::1', '::1', 'fe80::1', '2002:cb00:7101::1', 'box', ''])
      assert.ok(!isPrivateAddress(address), address);
  });
});
