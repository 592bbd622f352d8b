import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodePreamble, type MeetingWay, type Preamble } from '../../../sdk/protocol/index.js';
import { until } from '../../support/until.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const DEVICES = 50;
const MEETINGS_OF_A_DEVICE = 20;
const SOURCES = 4;
const ACCEPTS = ['reach', 'meet', 'meetGo'];
const PORT = { port: 1024 };
const LIMITS = {
  meetingMs: 4000,
  relaySessions: 32,
  meetingsPerDevice: { atOnce: 1000, perHour: 1000 },
};
describe('a thousand meetings at once', function () {
  this.timeout(60_000);

  let bench: RawBench;
  beforeEach(() => {
    bench = new RawBench();
  });
  afterEach(() => bench.close());

  /** Connects with a preamble. */
  async function dial(kind: Preamble['kind'], token: string, side: Preamble['side']): Promise<Socket> {
    const { host, port } = bench.tracker;
    const socket = connect({ host, port });
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.write(encodePreamble({ kind, token, side }));
    return socket;
  }

  it('are all arranged or refused with a code, keep nobody from meeting, and leave nothing behind', async () => {
    await bench.start({ limits: LIMITS });
    // Two users only: more at one address would look like a proxy.
    const [bob, ann] = [await bench.member('bob', PORT, ACCEPTS), await bench.member('ann', PORT, ACCEPTS)];
    await bench.group(bob, ann);
    const devicesOf = (userId: string, length: number) =>
      Promise.all(
        Array.from({ length }, async () => {
          const client = await bench.stranger();
          await client.hello(ACCEPTS);
          await client.logIn(userId, PORT);
          return client;
        }),
      );
    const [sources, devices] = await Promise.all([devicesOf('bob', SOURCES), devicesOf('ann', DEVICES)]);
    for (const [index, source] of [...sources, bob].entries()) await bench.share(source, `file${index}`);
    const meet = (device: RawClient, source: RawClient, by: MeetingWay) =>
      device.outcome('meet', { groupId: 'lab', deviceId: source.identity.id, by });
    const ways = ['punch', 'relay', 'back'] as const;
    const asked = devices.flatMap((device, index) =>
      Array.from({ length: MEETINGS_OF_A_DEVICE }, (_, meeting) =>
        meet(device, sources[(index + meeting) % SOURCES] ?? bob, ways[meeting % ways.length] ?? 'punch'),
      ),
    );
    const { relayToken = '' } = await ann.call('meet', { groupId: 'lab', deviceId: bob.identity.id, by: 'relay' });
    const [called] = await bob.heard('meet');
    const ends = [
      await dial('relay', relayToken, 'requester'),
      await dial('relay', called?.relayToken ?? '', 'source'),
    ] as const;
    ends[0].write('hello');
    assert.equal(String((await once(ends[1], 'data'))[0]), 'hello', 'an honest pair meets meanwhile');

    const counts = new Map<string, number>();
    for (const outcome of await Promise.all(asked)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const told = JSON.stringify([...counts]);
    const isKnown = (outcome: string) => ['PEER_UNREACHABLE', 'RATE_LIMITED', 'RELAY_LIMITED', 'ok'].includes(outcome);
    assert.ok([...counts.keys()].every(isKnown), told);
    assert.ok((counts.get('ok') ?? 0) >= SOURCES * 16 && (counts.get('RATE_LIMITED') ?? 0) > 0, told);
    assert.ok((await bench.figure('shoal_meetings_open')) <= SOURCES * 16 + 1);

    await until(async () => (await bench.figure('shoal_meetings_open')) === 0);
    assert.equal(await bench.figure('shoal_relay_places'), 1, 'that of the honest pair');
    for (const end of ends) end.destroy();
    await until(async () => (await bench.figure('shoal_relay_places')) === 0);
    const missed = (way: string) => bench.figure(`shoal_${way}_meetings_total\\{outcome="missed"\\}`);
    assert.equal((await missed('punch')) + (await missed('relay')), counts.get('ok'), 'each was given up');
    assert.equal(await meet(devices[0] ?? ann, bob, 'punch'), 'ok', 'the next one is arranged as ever');
  });
});
