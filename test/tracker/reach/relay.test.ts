import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { ByteRate } from '../../../tracker/reach/byte-rate.js';
import { Relay } from '../../../tracker/reach/relay.js';
import { RelayUsage } from '../../../tracker/reach/relay-usage.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import { hasCode } from '../../support/has-code.js';
import { until } from '../../support/until.js';

const DAY_MS = 86_400_000;
const who = (deviceId: string, userId = deviceId) => ({ deviceId, userId });

describe('the relay', () => {
  let relay: Relay;
  let server: Server;
  let bytes: number;
  let met: boolean[];
  let todayMs: number;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    todayMs = DAY_MS / 2;
  });
  afterEach(async () => {
    relay.close();
    server.close();
    await once(server, 'close');
  });

  function open(changes: Partial<typeof DEFAULT_LIMITS> = {}): void {
    [bytes, met] = [0, []];
    relay = new Relay({
      limits: { ...DEFAULT_LIMITS, relayBytesPerSecond: 1e12, relayBytesPerSecondPerSession: 1e12, ...changes },
      now: () => performance.now(),
      today: () => todayMs,
      onBytes: (count) => {
        bytes += count;
      },
      onSettled: (haveMet) => met.push(haveMet),
    });
  }

  /** A connection: the client's end, and the one that the relay gets. */
  async function line(): Promise<[own: Socket, relays: Socket]> {
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const own = connect({ port, host: '127.0.0.1' });
    const [[relays]] = await Promise.all([accepted, once(own, 'connect')]);
    for (const socket of [own, relays]) socket.on('error', () => {});
    return [own, relays];
  }

  async function pair(requester = who('a'), source = who('b')): Promise<[Socket, Socket]> {
    const { tokens } = relay.reserve(requester, source);
    const [one, first] = await line();
    const [other, second] = await line();
    const base = { kind: 'relay' } as const;
    assert.ok(relay.take(second, { ...base, token: tokens.source, side: 'source' }));
    assert.ok(relay.take(first, { ...base, token: tokens.requester, side: 'requester' }));
    return [one, other];
  }

  it('passes bytes on in both directions, and the end', async () => {
    open();
    const [one, other] = await pair();
    assert.equal(relay.sessions, 1);
    const big = Buffer.alloc(3_000_000, 5);
    const received: Buffer[] = [];
    one.on('data', (chunk: Buffer) => received.push(chunk));
    one.write('ask');
    assert.equal(String((await once(other, 'data'))[0]), 'ask');
    other.end(big);
    await once(one, 'close');
    assert.ok(Buffer.concat(received).equals(big));
    await until(() => relay.sessions === 0);
    assert.deepEqual([bytes, met], [big.length + 3, [true]]);
  });

  it('reads no more than the other end takes', async () => {
    open();
    const [one, other] = await pair();
    other.pause();
    let written = 0;
    const chunk = Buffer.alloc(65_536);
    for (; written < 48 * 1024 * 1024; written += chunk.length) one.write(chunk); // more than the system's buffers take
    await until(async () => {
      const before = bytes;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return bytes === before;
    });
    assert.ok(bytes < written && one.writableLength > 0, `${bytes} bytes were read`);
    let received = 0;
    other.on('data', (part: Buffer) => {
      received += part.length;
    });
    other.resume();
    one.end();
    await once(other, 'end');
    assert.equal(received, written);
  });

  it('ends both ends when one is reset, idle for long, or at the bound of a session', async () => {
    open({ relayIdleMs: 40 });
    const idle = await pair();
    await Promise.all(idle.map((socket) => once(socket.resume(), 'close')));
    open();
    const [one, other] = await pair();
    one.resetAndDestroy();
    await once(other.resume(), 'close');
    open({ relayBytesPerSession: 1000 });
    const [sender, receiver] = await pair();
    let received = 0;
    receiver.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    sender.write(Buffer.alloc(900));
    await until(() => received === 900);
    sender.write(Buffer.alloc(101));
    await once(receiver, 'close');
    assert.deepEqual([received, bytes], [900, 900]);
  });

  it('lets nobody wait for ever, and knows each token once, at its side', async () => {
    open({ meetingMs: 30 });
    const { tokens, settled } = relay.reserve(who('a'), who('b'));
    const [own, first] = await line();
    const requester = { kind: 'relay', token: tokens.requester, side: 'requester' } as const;
    assert.equal(relay.take(first, { ...requester, side: 'source' }), false);
    assert.equal(relay.take(first, { ...requester, token: 'x'.repeat(22) }), false);
    assert.equal(relay.take(first, requester), true);
    assert.equal(relay.take(first, requester), false);
    await once(own.resume(), 'close');
    assert.equal(await settled, false);
    const [, late] = await line();
    assert.equal(relay.take(late, { kind: 'relay', token: tokens.source, side: 'source' }), false);
    late.destroy();
    assert.deepEqual(met, [false]);
  });

  it('bounds its places in all and for a device, also those that are only reserved', async () => {
    open({ relaySessions: 3, relaySessionsPerDevice: 2 });
    relay.reserve(who('a'), who('b'));
    relay.reserve(who('a'), who('c'));
    for (const ends of [
      [who('a'), who('d')],
      [who('d'), who('a')],
    ] as const)
      assert.throws(() => relay.reserve(...ends), hasCode('RELAY_LIMITED'));
    relay.reserve(who('d'), who('e'));
    assert.throws(() => relay.reserve(who('f'), who('g')), /All 3 places of the relay are taken: try again in 60 s/);
    relay.close();
    relay.reserve(who('f'), who('g'));
  });

  it('leaves places for others, however many devices a user has', () => {
    open({ relaySessionsPerUser: 3 });
    for (const device of ['a', 'b', 'c']) relay.reserve(who(device, 'ann'), who('s', 'sue'));
    assert.throws(() => relay.reserve(who('d', 'Ann'), who('t', 'tom')), /Ann has 3 relayed connections.*in 60 s/);
    relay.reserve(who('e', 'eve'), who('d', 'ann')); // whom others ask
  });

  it('bounds the bytes of a user and day, and says when it relays again', async () => {
    open({ relayBytesPerUserAndDay: 1000 });
    const [sender, receiver] = await pair(who('a', 'Ann'));
    receiver.resume();
    sender.write(Buffer.alloc(1000));
    await until(() => bytes === 1000);
    assert.throws(() => relay.reserve(who('z', 'ann'), who('b')), /it relays again in 12 hours, at 00:00 UTC/);
    relay.reserve(who('b', 'bob'), who('a', 'ann'));
    sender.write('x');
    await once(receiver, 'close');
    todayMs += DAY_MS / 2;
    relay.reserve(who('z', 'ann'), who('b'));
  });

  it('keeps to its rates', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 200 }), (chunks) => {
        const rate = new ByteRate(100_000);
        let [nowMs, sent] = [0, 0];
        for (const chunk of chunks) {
          nowMs += rate.spend(nowMs, chunk);
          sent += chunk;
        }
        assert.ok(Math.abs(nowMs - Math.max(0, sent / 100 - 100)) < 1, `${sent} bytes in ${nowMs} ms`);
      }),
    );
    const usage = new RelayUsage(10, () => todayMs);
    usage.add('Ann', 10);
    assert.deepEqual([usage.isUsedUp('ann'), usage.isUsedUp('bob')], [true, false]);
  });
});
