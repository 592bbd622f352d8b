import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createServer } from 'node:tls';
import { peerDeviceId, peerTlsOptions } from '../../../sdk/identity/index.js';
import { encodePreamble, type MeetingWay, type Preamble, type TrackerEvent } from '../../../sdk/protocol/index.js';
import { until } from '../../support/until.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';
import { Listener } from '../reach/listeners.js';

const lab = { groupId: 'lab' };
const ACCEPTS = ['reach', 'meet', 'meetGo'];

describe('meetings of devices', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;
  let peer: Listener;

  async function open(limits = {}): Promise<void> {
    bench = new RawBench();
    await bench.start({ limits: { checksAtOnce: 8, meetingsPerDevice: { atOnce: 1000, perHour: 1000 }, ...limits } });
    const client = await bench.stranger();
    peer = await Listener.peer(client.identity);
    [ann, bob] = await Promise.all([
      client.signUp('ann', { port: peer.port }, ACCEPTS, []),
      bench.member('bob', { port: 1024 }, ACCEPTS),
    ]);
    await bench.group(bob, ann);
    await bench.share(bob, 'a');
    await until(async () => (await ann.heard('reach')).length > 0);
    await until(async () => (await bob.heard('reach')).length > 0);
  }
  afterEach(async () => {
    await bench.close();
    await peer.close();
  });

  const meet = (by: MeetingWay, other = bob, own = ann) =>
    own.call('meet', { ...lab, deviceId: other.identity.id, by });
  const refusal = (by: MeetingWay, other = bob, own = ann) =>
    own.outcome('meet', { ...lab, deviceId: other.identity.id, by });

  async function called(client = bob): Promise<TrackerEvent<'meet'>> {
    const [event] = await client.heard('meet');
    assert.ok(event);
    return event;
  }

  it('tell a source at which checked addresses it may call back', async () => {
    await open();
    const { meeting, ...rest } = await meet('back');
    assert.deepEqual(rest, {});
    assert.deepEqual(await called(), {
      ...{ meeting, ...lab, deviceId: ann.identity.id, userId: 'ann', by: 'back' },
      addresses: [{ host: '127.0.0.1', port: peer.port }],
    });
    assert.equal(await bench.figure('shoal_meetings_total\\{way="back",outcome="ok"\\}'), 1);
  });

  it('are arranged within a group, with a device that can meet, and for one that the tracker reaches', async () => {
    await open({ relayBytesPerSecond: 0 });
    await bench.share(ann, 'b');
    const old = await bench.secondDevice('bob');
    const silent = await bench.secondDevice('ann');
    const eve = await bench.member('eve', undefined, ACCEPTS);
    await bench.share(old, 'c');
    assert.equal(await refusal('back', bob, eve), 'NOT_A_MEMBER');
    assert.equal(await refusal('back', eve), 'PEER_UNREACHABLE', 'she is no member');
    assert.equal(await refusal('back', ann), 'PEER_UNREACHABLE', 'that is she herself');
    assert.equal(await refusal('back', silent), 'PEER_UNREACHABLE', 'it has nothing');
    await assert.rejects(meet('back', old), /has to be updated/);
    await assert.rejects(meet('back', ann, bob), /reaches this device at none of its addresses/);
    await assert.rejects(meet('relay'), /relays nothing/);
    await bob.call('stopShare', { ...lab, fileName: 'a' });
    assert.equal(await refusal('back'), 'PEER_UNREACHABLE', 'it has nothing any more');
    assert.deepEqual(await bob.heard('meet'), []);
    assert.equal(await bench.figure('shoal_meetings_total\\{way="back",outcome="NOT_A_MEMBER"\\}'), 1);
  });

  it('are bounded for the one who asks and for the one who is asked', async () => {
    await open({ meetingsAtOncePerDevice: 2, meetingsAtOncePerSource: 3 });
    const second = await bench.stranger();
    await second.hello(ACCEPTS);
    await second.logIn('ann', { port: peer.port });
    for (let time = 0; time < 2; time++) await meet('relay');
    assert.equal(await refusal('back'), 'RATE_LIMITED');
    await meet('relay', bob, second);
    assert.equal(await refusal('relay', bob, second), 'RATE_LIMITED', 'the other device is asked by many');
    assert.equal((await bob.heard('meet')).length, 3);
    await bench.close();
    await peer.close();
    await open({ meetingsPerDevice: { atOnce: 1, perHour: 30 } });
    await meet('back');
    await assert.rejects(meet('back'), /try again in 2 minutes/);
  });

  it('tell both devices where the tracker saw the other one, so that they dial at the same time', async () => {
    await open();
    const { meeting, observeToken = '', ...rest } = await meet('punch');
    assert.deepEqual(rest, {});
    const { addresses, by, observeToken: ofSource = '' } = await called();
    assert.deepEqual([addresses, by], [[], 'punch']);
    assert.notEqual(ofSource, observeToken);
    const ends = [await dial(observeToken, 'requester', 'observe'), await dial(ofSource, 'source', 'observe')];
    for (const end of ends) end.on('data', () => assert.fail('a stranger is answered'));
    const heard: TrackerEvent<'meetGo'>[] = [];
    for (const client of [bob, ann])
      await until(async () => {
        const events = await client.heard('meetGo');
        heard.push(...events);
        return events.length > 0;
      });
    const [atAnn, atBob] = ends.map(({ localPort: port = 0 }) => ({ host: '127.0.0.1', port }));
    assert.deepEqual(
      heard.map(({ meeting: named, address }) => ({ named, address })),
      [
        { named: meeting, address: atAnn },
        { named: meeting, address: atBob },
      ],
    );
    for (const end of ends) end.destroy();
    await until(async () => (await bench.figure('shoal_punch_meetings_total\\{outcome="met"\\}')) === 1);
    assert.equal(await bench.figure('shoal_meetings_total\\{way="punch",outcome="ok"\\}'), 1);
  });

  it('at the same time are not arranged with a device that does not know of them, or for one', async () => {
    await open();
    const old = await bench.stranger();
    await old.signUp('old', { port: 1024 }, ['reach', 'meet'], []);
    await old.call('joinGroup', lab);
    await bob.call('acceptRequest', { ...lab, userId: 'old' });
    await bench.share(old, 'b');
    assert.equal(await refusal('punch', old), 'PEER_UNREACHABLE');
    assert.equal(await refusal('punch', bob, old), 'PEER_UNREACHABLE');
    assert.deepEqual([await old.heard('meet'), await bob.heard('meet')], [[], []]);
  });

  it('at the same time are bounded like the others, and end with the connections that show ports', async () => {
    await open({ meetingsAtOncePerDevice: 2 });
    for (let time = 0; time < 2; time++) await meet('punch');
    assert.equal(await refusal('punch'), 'RATE_LIMITED');
    const [first] = await bob.heard('meet');
    const end = await dial(first?.observeToken ?? '', 'source', 'observe');
    end.end();
    await once(end, 'close');
    await until(async () => (await refusal('punch')) === 'ok');
  });

  /** Connects with a preamble. */
  async function dial(token: string, side: Preamble['side'], kind: Preamble['kind'] = 'relay'): Promise<Socket> {
    const { host, port } = bench.tracker;
    const socket = connect({ host, port });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(encodePreamble({ kind, token, side }));
    return socket;
  }

  it('take place at the relay, which sees neither keys nor data', async () => {
    await open();
    const { meeting, relayToken = '' } = await meet('relay');
    const event = await called();
    assert.deepEqual([event.meeting, event.by, event.addresses], [meeting, 'relay', []]);
    assert.notEqual(event.relayToken, relayToken);
    const requester = connectTls({ ...peerTlsOptions(ann.identity), socket: await dial(relayToken, 'requester') });
    const server = createServer({ ...peerTlsOptions(bob.identity), requestCert: true });
    server.emit('connection', await dial(event.relayToken ?? '', 'source'));
    const [[served]] = await Promise.all([
      once(server, 'secureConnection') as Promise<[typeof requester]>,
      once(requester, 'secureConnect'),
    ]);
    assert.deepEqual([peerDeviceId(requester), peerDeviceId(served)], [bob.identity.id, ann.identity.id]);
    const sent = Buffer.alloc(1024 * 1024, 7);
    served.end(sent);
    let received = 0;
    requester.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(requester, 'close');
    assert.equal(received, sent.length);
    await until(async () => (await bench.figure('shoal_relay_sessions')) === 0);
    assert.ok((await bench.figure('shoal_relayed_bytes_total')) > sent.length);
    assert.equal(await bench.figure('shoal_relay_meetings_total\\{outcome="met"\\}'), 1);
  });

  it('at the relay need both tokens, each at its side and once; nobody else is answered', async () => {
    await open();
    const { relayToken = '' } = await meet('relay');
    const { relayToken: ofSource = '' } = await called();
    for (const [token, side] of [
      [ofSource, 'requester'],
      [relayToken, 'source'],
      [relayToken.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), 'requester'],
    ] as const) {
      const wrong = await dial(token, side);
      wrong.on('data', () => assert.fail('a stranger is answered'));
      await once(wrong, 'close');
    }
    const first = await dial(relayToken, 'requester');
    first.write('hello');
    await once(await dial(relayToken, 'requester'), 'close');
    const second = await dial(ofSource, 'source');
    assert.equal(String((await once(second, 'data'))[0]), 'hello');
    first.destroy();
    await once(second.resume(), 'close');
  });

  it('at the relay end when the tracker stops', async () => {
    await open();
    const { relayToken = '' } = await meet('relay');
    const ends = [await dial(relayToken, 'requester'), await dial((await called()).relayToken ?? '', 'source')];
    await until(async () => (await bench.figure('shoal_relay_sessions')) === 1);
    const { relayToken: waiting = '' } = await meet('relay');
    ends.push(await dial(waiting, 'requester'));
    await Promise.all([bench.tracker.close(), ...ends.map((one) => once(one.resume(), 'close'))]);
  });

  it('at the relay are bounded for whoever holds connections without a token', async () => {
    await open({ silentTimeoutMs: 300 });
    const { host, port } = bench.tracker;
    for (const bytes of ['', 'S', 'SHR1 and no more']) {
      const socket = connect({ host, port });
      socket.on('data', () => assert.fail('a stranger is answered'));
      socket.on('error', () => {});
      if (bytes !== '') socket.write(bytes);
      await once(socket, 'close');
    }
  });
});
