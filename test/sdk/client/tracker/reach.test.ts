import assert from 'node:assert/strict';
import { parseAdvertised, reachFault } from '../../../../sdk/client/tracker/reach.js';
import { parseEndpoint } from '../../../../sdk/protocol/index.js';
import { FaultProxy } from '../../../support/fault-proxy.js';
import { hasCode, Lab, sha1Of } from '../support.js';

const location = { host: 'tracker.example', port: 6970 };

describe('where others reach a device', () => {
  const cases: [listen: string, advertise: string | undefined, isLoopback: boolean, fault: RegExp | undefined][] = [
    ['127.0.0.1:7001', undefined, true, undefined],
    ['0.0.0.0:7001', undefined, false, undefined],
    ['[::]:7001', undefined, false, undefined],
    ['192.0.2.7:7001', undefined, false, undefined],
    ['127.0.0.1:7001', undefined, false, /serves pieces at 127\.0\.0\.1:7001.*tracker\.example:6970.*\[::\]:7001/],
    ['127.0.1.1:7001', undefined, false, /at 127\.0\.1\.1:7001/],
    ['[::1]:7001', undefined, false, /at \[::1\]:7001/],
    ['127.0.0.1:7001', '192.0.2.7:7001', false, undefined],
    ['127.0.0.1:7001', '0.0.0.0:7001', false, undefined],
    ['0.0.0.0:7001', '127.0.0.1:7001', false, /is advertised at 127\.0\.0\.1:7001/],
    ['0.0.0.0:7001', 'localhost:7001', false, /is advertised at localhost:7001/],
  ];
  for (const [listen, advertise, isLoopback, fault] of cases) {
    it(`${fault ? 'is nowhere' : 'may be anywhere'}: ${listen}, ${advertise ?? 'as seen'}, ${isLoopback ? 'tracker here' : 'tracker elsewhere'}`, () => {
      const advertised = advertise === undefined ? undefined : { port: 7001, ...parseAdvertised(advertise) };
      const said = reachFault(parseEndpoint(listen), advertised, { isLoopback, location });
      if (fault) assert.match(said ?? '', fault);
      else assert.equal(said, undefined);
    });
  }

  it('is no place that nobody may be sent to', () => {
    for (const place of [
      '',
      'no sense',
      'a/b',
      '192.0.2.7:',
      '127.1',
      '2001:db8::1:99999',
      '[fe80::1%eth0]',
      '192.0.2.7:0',
      '192.0.2.7:80',
      '0.0.0.0:0',
      '224.0.0.1:7001',
      '1.2:7001',
    ])
      assert.throws(() => parseAdvertised(place), hasCode('INVALID_ARGUMENT'), place);
  });

  it('has the port at which pieces are served, if it is advertised without one', () => {
    assert.deepEqual(parseAdvertised('192.0.2.7'), { host: '192.0.2.7' });
    assert.deepEqual(parseAdvertised('home.example'), { host: 'home.example' });
    assert.deepEqual(parseAdvertised('2001:db8::7'), { host: '2001:db8::7' });
    assert.deepEqual(parseAdvertised('[2001:db8::7]'), { host: '2001:db8::7' });
    assert.deepEqual(parseAdvertised('[2001:db8::7]:7001'), { host: '2001:db8::7', port: 7001 });
  });

  it('is what the device advertises, or the port of it at the address that the tracker sees', async () => {
    const lab = new Lab();
    const proxies: FaultProxy[] = [];
    try {
      await lab.startTracker();
      const bob = await lab.signedIn('bob');
      for (const [name, host] of [
        ['named', '127.0.0.1'],
        ['seen', '0.0.0.0'],
      ] as const) {
        const proxy = await FaultProxy.open();
        proxies.push(proxy);
        const owner = await lab.signedIn(name, { advertise: `${host}:${proxy.endpoint.port}` });
        proxy.leadTo(owner.listenAddress?.port ?? 0);
        assert.equal(owner.reachProblem, undefined);
        await lab.group(name, owner, bob);
        const path = lab.file(`data of ${name}`, 100_000);
        await owner.shareFile(path, name);
        const { path: copy } = await bob.downloadFile(name, `data of ${name}`, lab.subfolder('copies')).done;
        assert.equal(sha1Of(copy), sha1Of(path));
        assert.ok(proxy.connections > 0);
      }
    } finally {
      await lab.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    }
  });
});
