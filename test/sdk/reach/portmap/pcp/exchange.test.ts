import assert from 'node:assert/strict';
import type { RemoteInfo } from 'node:dgram';
import { PortMapError } from '../../../../../sdk/reach/portmap/index.js';
import { exchange, type Request } from '../../../../../sdk/reach/portmap/pcp/exchange.js';
import { until } from '../../../../support/until.js';
import { INTERNAL_PORT, LOOPBACK, MapperScene } from '../mapper-scene.js';
import { TestClock } from '../test-clock.js';
import { boundSocket, EXTERNAL, UdpRouter } from '../udp-router.js';

const isSilence = (error: unknown) => error instanceof PortMapError && error.fault === 'no-answer';

/** A question to a port of loopback, which takes text as an answer, but for "other". */
function ask(port: number, clock: TestClock, signal = new AbortController().signal): Promise<string> {
  const request: Request<string> = {
    port,
    bytes: Buffer.from('question'),
    waitsMs: [250, 500],
    read: (bytes) => {
      if (bytes.toString() === 'broken') throw new PortMapError('malformed', 'broken');
      return bytes.toString() === 'other' ? undefined : bytes.toString();
    },
  };
  return exchange({ route: LOOPBACK, clock }, request, signal);
}

describe('a question to the gateway', () => {
  it('is repeated until it is answered', async () => {
    const [router, clock] = [await boundSocket(), new TestClock()];
    const heard: RemoteInfo[] = [];
    router.on('message', (_packet, from) => heard.push(from));
    const answer = ask(router.address().port, clock);
    await until(() => heard.length === 1);
    await clock.passOnceWaited(250);
    await until(() => heard.length === 2);
    const [from] = heard;
    assert.ok(from);
    for (const text of ['other', 'x'.repeat(1101), 'answer']) router.send(text, from.port, from.address);
    assert.equal(await answer, 'answer');
    assert.deepEqual(clock.waits, []);
    router.close();
  });

  it('fails after the last wait, at once at a closed port, with an error of the reader, and when it is ended', async () => {
    const [router, clock] = [await boundSocket(), new TestClock()];
    const { port } = router.address();
    const unanswered = ask(port, clock);
    await clock.passOnceWaited(250);
    await clock.passOnceWaited(500);
    await assert.rejects(unanswered, isSilence);
    const stop = new AbortController();
    const ended = ask(port, clock, stop.signal);
    await until(() => clock.waits.length === 1);
    stop.abort(new Error('enough'));
    await assert.rejects(ended, /enough/);
    router.once('message', (_packet, from) => router.send('broken', from.port, from.address));
    await assert.rejects(ask(port, clock), /broken/);
    router.close();
    await assert.rejects(ask(port, clock), isSilence);
    assert.deepEqual(clock.waits, []);
  });

  it('is not answered by another port or another computer', async function () {
    if (process.platform !== 'linux') this.skip(); // others have no second loopback address
    const [router, clock] = [await boundSocket(), new TestClock()];
    const strangers = [await boundSocket(), await boundSocket('127.0.0.2')];
    const heard: RemoteInfo[] = [];
    router.on('message', (_packet, from) => heard.push(from));
    const answer = ask(router.address().port, clock);
    await until(() => heard.length === 1);
    const [from] = heard;
    assert.ok(from);
    for (const stranger of strangers) stranger.send('forged', from.port, from.address);
    for (const stranger of strangers)
      await new Promise((sent) => stranger.send('forged', from.port, from.address, sent));
    router.send('answer', from.port, from.address);
    assert.equal(await answer, 'answer');
    for (const socket of [router, ...strangers]) socket.close();
  });
});

describe('an answer of PCP', () => {
  for (const [what, change] of [
    ['with another nonce', (packet: Buffer) => packet.writeUInt8(packet.readUInt8(30) ^ 1, 30)],
    ['for another port', (packet: Buffer) => packet.writeUInt16BE(1, 40)],
    ['that is none', (packet: Buffer) => packet.writeUInt8(1, 1)],
  ] as const) {
    it(`${what} is ignored`, async () => {
      using router = await UdpRouter.open({ pcp: true, natPmp: false });
      router.answer = (packet, to) => {
        if (packet.length > 24) {
          const forged = Buffer.from(packet);
          forged.writeUInt8(66, 59); // the external address
          change(forged);
          router.send(forged, to);
        }
        router.send(packet, to);
      };
      await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
      assert.deepEqual(await scene.mapped(), { kind: 'mapped', by: 'pcp', host: EXTERNAL, port: INTERNAL_PORT });
    });
  }
});

describe('a grant that is none', () => {
  for (const [protocol, at] of [
    ['pcp', 42],
    ['nat-pmp', 10],
  ] as const) {
    it(`is not believed: ${protocol}`, async () => {
      using router = await UdpRouter.open({ pcp: protocol === 'pcp', natPmp: protocol === 'nat-pmp' });
      router.answer = (packet, to) => {
        if (packet.length > at) packet.writeUInt16BE(0, at);
        router.send(packet, to);
      };
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      scene.mapper.start(INTERNAL_PORT);
      const state = await scene.next('none');
      assert.ok(state.kind === 'none' && state.fault === 'malformed');
    });
  }
});
