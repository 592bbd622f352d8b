import assert from 'node:assert/strict';
import { Sites } from '../../../tracker/reach/sites.js';

describe('the networks of devices', () => {
  function sites(gateways?: string[]): { all: Sites; proxies: string[] } {
    const proxies: string[] = [];
    const found = gateways && new Set(gateways);
    return { all: new Sites({ gateways: () => found, onProxy: (address) => proxies.push(address) }), proxies };
  }
  const crowd = (all: Sites, seen: string, users = 4) => {
    for (let user = 0; user < users; user++) all.note(seen, `user ${user}`);
  };

  it('are one if the tracker sees both at one address, or both inside its own network', () => {
    const { all } = sites([]);
    for (const [one, other, isOne] of [
      ['198.51.100.7', '198.51.100.7', true],
      ['198.51.100.7', '198.51.100.8', false],
      ['2001:db8:1:2::3', '2001:db8:1:2:ffff::4', true],
      ['2001:db8:1:2::3', '2001:db8:1:3::3', false],
      ['192.168.1.2', '10.0.0.3', true],
      ['192.168.1.2', '127.0.0.1', true],
      ['192.168.1.2', '198.51.100.7', false],
      ['127.0.0.1', '::1', true],
      ['127.0.0.1', '198.51.100.7', false],
    ] as const) {
      assert.equal(all.isOne(one, other), isOne, `${one} ${other}`);
      assert.equal(all.isOne(other, one), isOne, `${other} ${one}`);
    }
  });

  it('are unknown behind a proxy, which is noticed by its users', () => {
    const { all, proxies } = sites(['172.17.0.1']);
    crowd(all, '172.17.0.1', 3);
    all.note('172.17.0.1', 'USER 2');
    assert.equal(all.isOne('172.17.0.1', '172.17.0.1'), true, 'three users may share a router');
    crowd(all, '172.17.0.1');
    crowd(all, '172.17.0.1', 9);
    assert.deepEqual(proxies, ['172.17.0.1'], 'told once');
    assert.deepEqual([all.isProxy('172.17.0.1'), all.isOne('172.17.0.1', '172.17.0.1')], [true, false]);
    assert.equal(all.isOne('172.17.0.1', '10.0.0.3'), false);
    assert.equal(all.isOne('10.0.0.3', '10.0.0.3'), true);
  });

  it('are not those of a proxy at a public address, or at one of another router of the network', () => {
    const { all, proxies } = sites(['192.168.1.1']);
    crowd(all, '198.51.100.7');
    crowd(all, '192.168.1.40');
    assert.deepEqual(proxies, []);
    crowd(all, '127.0.0.1');
    assert.deepEqual(proxies, ['127.0.0.1'], 'a proxy on the same computer');
    const unknown = sites();
    crowd(unknown.all, '192.168.1.40');
    assert.deepEqual(unknown.proxies, ['192.168.1.40'], 'where gateways are not known, any address may be one');
  });

  it('of many addresses are counted in bounded memory', () => {
    const { all, proxies } = sites();
    all.note('10.0.0.1', 'a');
    for (let host = 0; host < 1000; host++) all.note(`10.1.${host >> 8}.${host & 255}`, 'a');
    for (const user of ['b', 'c', 'd']) all.note('10.0.0.1', user);
    assert.deepEqual(proxies, [], 'the oldest was forgotten');
  });
});
