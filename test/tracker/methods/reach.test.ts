import assert from 'node:assert/strict';
import { until } from '../../support/until.js';
import { RawBench } from '../raw-bench.js';
import { RawClient } from '../raw-client.js';
import { Listener } from '../reach/listeners.js';

const lab = { groupId: 'lab' };
const file = { ...lab, fileName: 'a' };
const ACCEPTS = ['reach', 'meet'];

describe('the reach of devices', () => {
  let bench: RawBench;
  const listeners: Listener[] = [];

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start({ limits: { checksAtOnce: 8, checkTimeoutMs: 2000 } });
  });
  afterEach(async () => {
    await bench.close();
    await Promise.all(listeners.splice(0).map((one) => one.close()));
  });

  async function peerOf(client: RawClient): Promise<Listener> {
    const peer = await Listener.peer(client.identity);
    listeners.push(peer);
    return peer;
  }

  async function reachOf(client: RawClient) {
    const found: { host: string; port: number; verdict: string }[][] = [];
    await until(async () => {
      found.push(...(await client.heard('reach')).map(({ addresses }) => addresses));
      return found.length > 0;
    });
    return (found.at(-1) ?? []).map(({ host, port, verdict }) => `${host}:${port} ${verdict}`);
  }

  it('is what the tracker finds by dialling, and told to the device', async () => {
    const client = await bench.stranger();
    const peer = await peerOf(client);
    const victim = await Listener.victim();
    listeners.push(victim);
    const other = await peerOf(await bench.stranger());
    const { offers } = await client.hello(ACCEPTS);
    assert.deepEqual(offers?.slice(-4), ['reach', 'meetings', 'punch', 'relay']);
    await client.call('createUser', { userId: 'ann', password: 'pw' });
    const session = await client.logIn('ann', { port: peer.port }, [
      { host: '127.0.0.1', port: victim.port, kind: 'private' },
      { host: '127.0.0.1', port: other.port, kind: 'configured' },
      { host: '10.255.255.1', port: 7001, kind: 'private' },
      { host: '127.0.0.1', port: 1, kind: 'private' },
      { host: '169.254.169.254', port: 7001, kind: 'private' },
      { host: 'localhost', port: 7001, kind: 'configured' },
    ]);
    assert.equal(session.seen?.host, '127.0.0.1');
    assert.deepEqual(await reachOf(client), [
      `127.0.0.1:${other.port} other`,
      `127.0.0.1:${peer.port} open`,
      `127.0.0.1:${victim.port} closed`,
      '10.255.255.1:7001 unchecked',
    ]);
    assert.deepEqual([peer.connections, victim.connections, other.connections], [1, 1, 1]);
    assert.equal(victim.received.length, 1);
    assert.equal(victim.received[0]?.[0], 0x16, 'a ClientHello, and nothing after it');
    assert.equal(await bench.figure('shoal_reach_checks_total\\{verdict="open"\\}'), 1);
  });

  it('is told to those who look for sources, and to a client of version 0.1 as one address', async () => {
    const client = await bench.stranger();
    const peer = await peerOf(client);
    const near = { host: '192.168.1.5', port: 7001, kind: 'private' } as const;
    const ann = await client.signUp('ann', { port: peer.port }, ACCEPTS, [near]);
    const bob = await bench.member('bob', { port: 7002 }, ACCEPTS);
    const old = await bench.member('cem', { port: 7003 });
    await bench.group(ann, bob, old);
    const manifestId = await bench.share(old, 'a');
    await bob.call('findSources', file);
    await old.call('findSources', file);
    await ann.call('announce', { items: [{ ...lab, manifestId, complete: true }] });
    await until(async () => (await bob.call('findSources', file)).sources.some(({ reach }) => reach === 'open'));
    const came = await bob.heard('sourceCame');
    const own = { host: '127.0.0.1', port: peer.port };
    assert.deepEqual(came.at(-1)?.source, {
      deviceId: ann.identity.id,
      userId: 'ann',
      ...own,
      complete: true,
      addresses: [{ ...own, kind: 'seen' }, near],
      reach: 'open',
      meets: true,
    });
    const { devices } = await bob.call('locateFiles', { ...lab, fileNames: ['a'] });
    const { complete: _, ...device } = came.at(-1)?.source ?? {};
    assert.ok(devices.some((one) => JSON.stringify(one) === JSON.stringify(device)));
    const plain = { deviceId: ann.identity.id, userId: 'ann', ...own, complete: true };
    assert.deepEqual(
      (await old.heard('sourceCame')).map(({ source }) => source),
      [plain],
      'once, as a verdict is nothing to it',
    );
    assert.deepEqual((await old.call('findSources', file)).sources, [plain]);
  });

  it('is nothing of a device that wants the relay only: it is neither dialled nor told, and can be met', async () => {
    const client = await bench.stranger();
    const hidden = await client.signUp('ann', null, ACCEPTS, []);
    const bob = await bench.member('bob', { port: 7002 }, ACCEPTS);
    const old = await bench.member('cem', { port: 7003 });
    await bench.group(hidden, bob, old);
    await bench.share(hidden, 'a');
    const [source] = (await bob.call('findSources', file)).sources;
    assert.deepEqual([source?.host, source?.addresses, source?.meets], ['0.0.0.0', [], true]);
    assert.deepEqual((await old.call('findSources', file)).sources, [], 'a client of version 0.1 has no way to it');
    assert.equal(await bob.outcome('meet', { ...lab, deviceId: hidden.identity.id, by: 'relay' }), 'ok');
    const [called] = await hidden.heard('meet');
    assert.deepEqual([called?.by, called?.addresses], ['relay', []]);
    assert.deepEqual(
      (await hidden.heard('reach')).flatMap(({ addresses }) => addresses),
      [],
    );
  });

  it('changes when a device moves', async () => {
    const client = await bench.stranger();
    const [before, after] = [await peerOf(client), await peerOf(client)];
    const ann = await client.signUp('ann', { port: before.port }, ACCEPTS, []);
    await reachOf(ann);
    const bob = await bench.member('bob', { port: 7002 }, ACCEPTS);
    await bench.group(ann, bob);
    await bench.share(ann, 'a');
    await bob.call('findSources', file);
    const { seen } = await ann.call('moved', { endpoint: { port: after.port }, addresses: [] });
    assert.equal(seen.host, '127.0.0.1');
    assert.deepEqual(await reachOf(ann), [`127.0.0.1:${after.port} open`]);
    await until(async () =>
      (await bob.heard('sourceCame')).some(({ source }) => source.port === after.port && source.reach === 'open'),
    );
    assert.deepEqual([before.connections, after.connections], [1, 1]);
    await bob.heard('sourceCame');
    await ann.call('moved', { endpoint: null, addresses: [] });
    await until(async () => (await bob.heard('sourceCame')).some(({ source }) => source.addresses?.length === 0));
    const [met] = (await bob.call('findSources', file)).sources;
    assert.deepEqual([met?.host, met?.addresses, met?.meets], ['0.0.0.0', [], true], 'it can be met, and hides');
    for (let move = 0; move < 8; move++) await ann.call('moved', { endpoint: null, addresses: [] });
    assert.equal(await ann.outcome('moved', { endpoint: null, addresses: [] }), 'RATE_LIMITED');
  });

  it('is not what it was before a router opened the same port', async () => {
    const [client, other] = [await bench.stranger(), await bench.stranger()];
    const peer = await peerOf(other);
    const ann = await client.signUp('ann', { port: peer.port }, ACCEPTS, []);
    assert.deepEqual(await reachOf(ann), [`127.0.0.1:${peer.port} other`]);
    const bob = await bench.member('bob', { port: 7002 }, ACCEPTS);
    await bench.group(ann, bob);
    await bench.share(ann, 'a');
    assert.deepEqual((await bob.call('findSources', file)).sources[0]?.addresses, [], 'another device answers there');
    const mapped = { host: '127.0.0.1', port: peer.port, kind: 'mapped' } as const;
    await ann.call('moved', { endpoint: { port: peer.port }, addresses: [mapped] });
    await until(async () =>
      (await bob.heard('sourceCame')).some(({ source }) => source.addresses?.some(({ kind }) => kind === 'mapped')),
    );
    assert.deepEqual(await reachOf(ann), [`127.0.0.1:${peer.port} other`]);
  });

  it('ends with an event if a device serves no more', async () => {
    const ann = await bench.member('ann', { port: 7001 }, ['reach']);
    const bob = await bench.member('bob', { port: 7002 }, ACCEPTS);
    await bench.group(ann, bob);
    const manifestId = await bench.share(ann, 'a');
    assert.equal((await bob.call('findSources', file)).sources[0]?.meets, false);
    await ann.call('moved', { endpoint: null, addresses: [] });
    const went = { ...lab, manifestId, deviceId: ann.identity.id };
    await until(async () =>
      (await bob.heard('sourceWent')).some((one) => JSON.stringify(one) === JSON.stringify(went)),
    );
    assert.deepEqual((await bob.call('findSources', file)).sources, []);
  });

  it('at a tracker on all addresses is seen in IPv4 as IPv4', async () => {
    await bench.close();
    bench = new RawBench();
    await bench.start({ listen: '[::]:0' });
    assert.match(bench.tracker.host, /^(::|0\.0\.0\.0)$/);
    const ann = await RawClient.open(bench.tracker.url.replace(/\/\/.*:/, '//127.0.0.1:'));
    await ann.signUp('ann', { host: '::', port: 7001 }, ACCEPTS, []);
    const { seen } = await ann.call('moved', { endpoint: { port: 7001 }, addresses: [] });
    assert.equal(seen.host, '127.0.0.1');
    ann.close();
  });
});
