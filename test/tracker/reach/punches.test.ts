import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { MAX_MEETING_DELAY_MS, type TrackerEvent } from '../../../sdk/protocol/index.js';
import { delayMs, Punches } from '../../../tracker/reach/punches.js';
import { Sites } from '../../../tracker/reach/sites.js';
import { hasCode } from '../../support/has-code.js';
import { until } from '../../support/until.js';

const HERE = '127.0.0.1';
/** Another address of this computer. */
const ELSEWHERE = '127.0.0.2';
const who = (deviceId: string, seen = HERE) => ({ deviceId, userId: deviceId, seen });

type Side = 'requester' | 'source';

describe('devices that dial one another at the same time', () => {
  let punches: Punches;
  let server: Server;
  let accepted: Socket[];
  let told: { deviceId: string; go: TrackerEvent<'meetGo'> }[];
  let met: boolean[];
  let trips: Record<string, number>;

  beforeEach(async () => {
    [accepted, told, met, trips] = [[], [], [], {}];
    server = createServer((socket) => {
      socket.on('error', () => {});
      accepted.push(socket);
    });
    server.listen(0, HERE);
    await once(server, 'listening');
    open();
  });
  afterEach(async () => {
    punches.close();
    for (const socket of accepted) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  function open(meetingMs = 10_000, sites = new Sites({ gateways: () => undefined, onProxy: () => {} })): void {
    punches = new Punches({
      ...{ limits: { meetingMs }, sites },
      roundTripMs: (deviceId) => trips[deviceId],
      tell: (deviceId, go) => told.push({ deviceId, go }),
      onSettled: (haveMet) => met.push(haveMet),
    });
  }

  /** A device connects and shows a token. Returns its end, and whether the tracker took it. */
  async function show(token: string, side: Side, from = HERE): Promise<{ own: Socket; isTaken: boolean }> {
    const { port } = server.address() as AddressInfo;
    const before = accepted.length;
    const own = connect({ port, host: HERE, localAddress: from });
    own.on('error', () => {});
    own.on('data', () => assert.fail('a stranger is answered'));
    await once(own, 'connect');
    await until(() => accepted.length > before);
    const socket = accepted[before];
    assert.ok(socket);
    const isTaken = punches.take(socket, { kind: 'observe', token, side });
    if (!isTaken) socket.destroy();
    return { own, isTaken };
  }

  const reserve = (requester = who('r'), source = who('s')) => punches.reserve('m', requester, source);

  it('are told what the tracker saw, once it saw both', async () => {
    const { tokens, settled } = reserve();
    const source = await show(tokens.source, 'source');
    assert.deepEqual(told, []);
    const requester = await show(tokens.requester, 'requester');
    const at = (socket: Socket) => ({ host: HERE, port: socket.localPort ?? 0 });
    assert.deepEqual(told, [
      { deviceId: 'r', go: { meeting: 'm', address: at(source.own), afterMs: 0 } },
      { deviceId: 's', go: { meeting: 'm', address: at(requester.own), afterMs: 0 } },
    ]);
    requester.own.destroy(); // it has connected
    await Promise.all([settled, once(source.own, 'close')]);
    assert.deepEqual(met, [true]);
  });

  it('begin at the same time however far they are', async () => {
    trips = { r: 20, s: 220 };
    const { tokens } = reserve();
    await show(tokens.source, 'source');
    await show(tokens.requester, 'requester');
    assert.deepEqual(
      told.map(({ go }) => go.afterMs),
      [100, 0],
    );
    const trip = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(trip, trip, (own, other) => {
        const [mine, its] = [delayMs(own, other), delayMs(other, own)];
        for (const ms of [mine, its]) assert.ok(Number.isInteger(ms) && ms >= 0 && ms <= MAX_MEETING_DELAY_MS);
        assert.ok(mine === 0 || its === 0, 'one of them begins at once');
      }),
    );
  });

  it('need both tokens, each at its side and once', async () => {
    const { tokens } = reserve();
    assert.equal((await show(tokens.source, 'requester')).isTaken, false);
    assert.equal((await show('A'.repeat(22), 'requester')).isTaken, false);
    assert.ok((await show(tokens.source, 'source')).isTaken);
    assert.equal((await show(tokens.source, 'source')).isTaken, false);
    assert.ok((await show(tokens.requester, 'requester')).isTaken);
    assert.equal((await show(tokens.requester, 'requester')).isTaken, false);
    assert.equal(told.length, 2);
  });

  it('cannot show where somebody else is', async () => {
    const { tokens } = reserve();
    await show(tokens.source, 'source');
    assert.equal((await show(tokens.requester, 'requester', ELSEWHERE)).isTaken, false);
    assert.deepEqual([told, met], [[], [false]]);
    assert.equal((await show(tokens.requester, 'requester')).isTaken, false, 'the meeting is over');
  });

  it('have nothing more to say, and some seconds', async () => {
    open(60);
    const { tokens, settled } = reserve();
    const { own } = await show(tokens.source, 'source');
    await Promise.all([settled, once(own, 'close')]);
    assert.equal((await show(tokens.requester, 'requester')).isTaken, false);
    const next = reserve();
    const talker = await show(next.tokens.source, 'source');
    talker.own.write('GET / HTTP/1.1');
    await Promise.all([next.settled, once(talker.own, 'close')]);
    const last = reserve();
    const half = await show(last.tokens.source, 'source');
    half.own.end();
    await last.settled;
    assert.deepEqual([told, met], [[], [false, false, false]]);
  });

  it('are not asked where they cannot succeed', () => {
    const refused = (requester: string, source: string) =>
      assert.throws(() => reserve(who('r', requester), who('s', source)), hasCode('PEER_UNREACHABLE'));
    refused('203.0.113.7', '2001:db8::1');
    refused('192.168.1.7', '203.0.113.7');
    refused('203.0.113.7', HERE);
    for (const seen of ['203.0.113.7', '192.168.1.7', '2001:db8::1']) {
      reserve(who('r', seen), who('s', seen.replace(/.$/, '9')));
    }
    const sites = new Sites({ gateways: () => undefined, onProxy: () => {} });
    for (const userId of ['ann', 'bob', 'eve', 'dan']) sites.note('172.17.0.1', userId);
    open(10_000, sites);
    refused('172.17.0.1', '172.17.0.1');
  });
});
