import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { AddressList } from '../../../../sdk/protocol/addresses/address-list.js';

describe('a list of subnets', () => {
  const subnet = fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })).map(([address, prefix]) => {
    const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const net = Math.floor(bits / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
    return [[24, 16, 8, 0].map((shift) => (net >>> shift) & 0xff).join('.'), prefix] as const;
  });

  it('has the addresses that a block list of Node has', () => {
    fc.assert(
      fc.property(fc.array(subnet), fc.oneof(fc.ipV4(), fc.ipV6()), (subnets, address) => {
        const own = new AddressList(subnets, [['fe80::', 10]]);
        const list = new BlockList();
        for (const [net, prefix] of subnets) list.addSubnet(net, prefix, 'ipv4');
        list.addSubnet('fe80::', 10, 'ipv6');
        const family = address.includes(':') ? 'ipv6' : 'ipv4';
        assert.equal(own.has(address), list.check(address, family));
        for (const [net] of subnets) {
          assert.ok(own.has(net));
          assert.ok(own.has(`::ffff:${net}`), 'also inside IPv6');
        }
      }),
    );
  });

  it('has nothing that is no address', () => {
    const all = new AddressList([['0.0.0.0', 0]], [['::', 0]]);
    for (const text of ['', 'localhost', '1.2.3', '1.2.3.4.5', '256.1.1.1']) assert.equal(all.has(text), false);
    assert.ok(all.has('255.255.255.255'));
  });
});
