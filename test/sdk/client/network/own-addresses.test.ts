import assert from 'node:assert/strict';
import { OwnAddresses, type OwnAddressesOptions } from '../../../../sdk/client/network/own-addresses.js';
import { info } from '../../reach/interface-info.js';

const REMOTE = { localAddress: '192.168.1.10', isLoopback: false };
const LOCAL = { localAddress: '127.0.0.1', isLoopback: true };
const ANY = { host: '::', port: 24_816 };
const interfaces = () => ({ lo: [info('127.0.0.1')], wlan0: [info('192.168.1.10'), info('2001:db8::10')] });

function own(options: Partial<OwnAddressesOptions> = {}): OwnAddresses {
  return new OwnAddresses({ listening: ANY, advertised: undefined, interfaces, ...options });
}

const places = (addresses: OwnAddresses, at = REMOTE) =>
  addresses.list(at).map(({ kind, host, port }) => `${kind} ${host} ${port}`);

describe('where a device says that it is', () => {
  it('is at all its addresses if it listens on every network', () => {
    assert.deepEqual(places(own()), ['global 2001:db8::10 24816', 'private 192.168.1.10 24816']);
    assert.deepEqual(places(own({ listening: { host: '0.0.0.0', port: 7001 } })), ['private 192.168.1.10 7001']);
    assert.deepEqual(own().endpoint(), { port: 24_816 });
  });

  it('is at one address if it listens there, and nowhere if that is its own and the tracker is elsewhere', () => {
    const chosen = own({ listening: { host: '192.168.1.10', port: 7001 } });
    assert.deepEqual(places(chosen), ['private 192.168.1.10 7001']);
    assert.deepEqual(chosen.endpoint(), { host: '192.168.1.10', port: 7001 });
    const hidden = own({ listening: { host: '127.0.0.1', port: 7001 } });
    assert.deepEqual(places(hidden), []);
    assert.deepEqual(places(hidden, LOCAL), ['private 127.0.0.1 7001']);
  });

  it('is first where its user says, then where a router forwards', () => {
    const advertised = { host: '203.0.113.7', port: 443 };
    const both = own({ advertised });
    both.mapping = { host: '198.51.100.9', port: 24_816, by: 'PCP' };
    assert.deepEqual(places(both).slice(0, 3), [
      'configured 203.0.113.7 443',
      'mapped 198.51.100.9 24816',
      'global 2001:db8::10 24816',
    ]);
    assert.deepEqual(both.endpoint(), advertised);
  });

  it('is only where its user says, if it listens at one address and not on every network', () => {
    const listening = { host: '127.0.0.1', port: 7001 };
    assert.deepEqual(places(own({ listening, advertised: { host: '203.0.113.7', port: 7002 } })), [
      'configured 203.0.113.7 7002',
    ]);
    const seen = own({ listening, advertised: { host: '0.0.0.0', port: 7002 } });
    assert.deepEqual(places(seen, LOCAL), []);
    assert.deepEqual(seen.endpoint(), { port: 7002 });
  });

  it('is at the addresses of a name, which peers do not resolve, and keeps them while the name does not resolve', async () => {
    let answers: string[] | undefined = ['203.0.113.7', '127.0.0.1', 'fe80::1', '2001:db8::7'];
    const named = own({
      advertised: { host: 'home.example', port: 7001 },
      resolve: (host) => (answers ? Promise.resolve(answers) : Promise.reject(new Error(`no ${host}`))),
    });
    const configured = () => places(named).filter((place) => place.startsWith('configured'));
    assert.deepEqual(configured(), []);
    await named.resolveName();
    assert.deepEqual(configured(), ['configured 203.0.113.7 7001', 'configured 2001:db8::7 7001']);
    assert.deepEqual(named.endpoint(), { host: 'home.example', port: 7001 });
    answers = undefined;
    await assert.rejects(named.resolveName(), /no home\.example/);
    assert.equal(configured().length, 2);
  });
});
