import assert from 'node:assert/strict';
import { addressKey, plainAddress } from '../../../../tracker/server/budgets/address.js';

describe('an address', () => {
  it('of IPv6 counts by its network, of IPv4 alone, however it is written', () => {
    for (const [address, key] of [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
      ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
      ['2001:db8::1', '2001:db8:0:0::/64'],
      ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
      ['2001:db8:1::', '2001:db8:1:0::/64'],
      ['::1', '0:0:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
      ['', ''],
    ] as const)
      assert.equal(addressKey(address), key, address);
    assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7');
    assert.equal(plainAddress('2001:db8::1'), '2001:db8::1');
  });
});
