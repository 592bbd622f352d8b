import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { ownAddresses } from '../../../extension/host/addresses.js';

function at(address: string, internal = false): NetworkInterfaceInfo {
  const more = { netmask: '', mac: '', cidr: null, internal };
  return address.includes(':')
    ? { address, family: 'IPv6', scopeid: 0, ...more }
    : { address, family: 'IPv4', ...more };
}

describe('the addresses of this computer', () => {
  it('begin with the most likely, and omit those that others cannot reach', () => {
    const addresses = ownAddresses({
      lo: [at('127.0.0.1', true), at('::1', true)],
      wan: [at('203.0.113.5'), at('2001:db8::5'), at('fe80::1')],
      lan: [at('192.168.1.7')],
      vpn: [at('172.20.0.2')],
      none: undefined,
    });
    assert.deepEqual(addresses, ['192.168.1.7', '172.20.0.2', '203.0.113.5', '2001:db8::5']);
  });

  it('are empty without a network', () => {
    assert.deepEqual(ownAddresses({ lo: [at('127.0.0.1', true)] }), []);
  });
});
