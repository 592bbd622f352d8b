import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { readFirstBytes } from '../../../../sdk/engine/transport/first-bytes.js';
import { peerTlsOptions } from '../../../../sdk/engine/transport/peer-tls.js';
import { TlsTransport } from '../../../../sdk/engine/transport/tls-transport.js';
import type {
  AcceptedStream,
  AwaitedStream,
  DialledReader,
  ServedCall,
  TransportListener,
} from '../../../../sdk/engine/transport/transport.js';
import { createTlsIdentity, type TlsIdentity } from '../../../../sdk/identity/index.js';
import { encodePreamble, type Preamble } from '../../../../sdk/protocol/index.js';
import { until } from '../../../support/until.js';

const HOST = '127.0.0.1';

function newMeeting(): string {
  return randomBytes(16).toString('base64url');
}

function preambleOf(token: string, changes: Partial<Preamble> = {}): Buffer {
  return encodePreamble({ kind: 'back', token, side: 'source', ...changes });
}

/** What the end that asked for a stream hears. */
class Asker implements DialledReader {
  isConnected = false;
  end: string | undefined;
  text = '';
  readonly #chunk = Buffer.alloc(64);

  onConnected(): void {
    this.isConnected = true;
  }

  nextRead(): Uint8Array {
    return this.#chunk;
  }

  onRead(count: number): boolean {
    this.text += this.#chunk.toString('latin1', 0, count);
    return true;
  }

  onClosed(reason: string | undefined): void {
    this.end = reason ?? 'hung up';
  }
}

describe('the port of a device, for connections that do not begin with TLS', () => {
  let requester: TlsIdentity;
  let source: TlsIdentity;
  let transport: TlsTransport;
  let listener: TransportListener;
  let accepted: AcceptedStream[];
  const sockets: Socket[] = [];
  const waits: AwaitedStream[] = [];

  before(async () => {
    [requester, source] = await Promise.all([createTlsIdentity('requester'), createTlsIdentity('source')]);
  });
  beforeEach(async () => {
    accepted = [];
    transport = new TlsTransport(requester);
    listener = await transport.listen(HOST, 0, (stream) => accepted.push(stream));
  });
  afterEach(() => {
    for (const wait of waits.splice(0)) wait.destroy();
    for (const socket of sockets.splice(0)) socket.destroy();
    listener.close();
  });

  /** Opens a connection and writes to it. Returns what it heard before the other end closed it. */
  function open(...bytes: Buffer[]): { readonly socket: Socket; readonly closed: Promise<string> } {
    const socket = connect({ host: HOST, port: listener.port });
    sockets.push(socket);
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
    socket.on('error', () => {});
    for (const chunk of bytes) socket.write(chunk);
    return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve(heard))) };
  }

  function expect(deviceId = source.id): { readonly wait: AwaitedStream; readonly asker: Asker } {
    const asker = new Asker();
    const wait = transport.meets.await(deviceId, asker);
    waits.push(wait);
    return { wait, asker };
  }

  /** Answers a meeting at the requester's port, as the source with this identity. */
  async function answer(meeting: string, identity = source): Promise<{ streams: AcceptedStream[]; heard: string[] }> {
    const streams: AcceptedStream[] = [];
    const heard: string[] = [];
    const own = new TlsTransport(identity);
    const ownListener = await own.listen(HOST, 0, (stream) => {
      streams.push(stream);
      stream.start({ idleTimeoutMs: 60_000, onBytes: () => {}, onIdle: () => {}, onClosed: () => ownListener.close() });
    });
    const call: ServedCall = {
      address: { host: HOST, port: listener.port },
      preamble: { kind: 'back', token: meeting, side: 'source' },
      deviceId: requester.id,
      onServed: () => heard.push('served'),
      onFailed: () => {
        heard.push('failed');
        ownListener.close();
      },
    };
    own.meets.serve(call);
    await until(() => heard.length > 0);
    return { streams, heard };
  }

  it('lets in the source of a meeting, and each end knows the other', async () => {
    const { wait, asker } = expect();
    const meeting = newMeeting();
    wait.named(meeting);
    const { streams, heard } = await answer(meeting);
    await until(() => asker.isConnected);
    assert.deepEqual(heard, ['served']);
    assert.equal(streams[0]?.deviceId, requester.id);
    streams[0]?.write(Buffer.from('content'));
    await until(() => asker.text === 'content');
    wait.destroy();
    assert.equal(accepted.length, 0, 'the listener serves nobody on it');
  });

  it('keeps a source that comes before the tracker has named its meeting', async () => {
    const { wait, asker } = expect();
    const meeting = newMeeting();
    const answering = answer(meeting);
    const stranger = open(preambleOf(newMeeting()));
    await until(() => stranger.socket.bytesWritten > 0);
    wait.named(meeting);
    await answering;
    await until(() => asker.isConnected);
    assert.equal(await stranger.closed, '', 'nothing is due any more');
  });

  it('lets in one connection for a meeting, and none for one that is over', async () => {
    const { wait, asker } = expect();
    const meeting = newMeeting();
    wait.named(meeting);
    await answer(meeting);
    await until(() => asker.isConnected);
    assert.equal(await open(preambleOf(meeting)).closed, '');
    const given = expect();
    const other = newMeeting();
    given.wait.named(other);
    given.wait.destroy();
    assert.equal(await open(preambleOf(other)).closed, '');
    assert.deepEqual((await answer(other)).heard, ['failed']);
  });

  it('lets in no other device than the one that was asked', async () => {
    const { wait, asker } = expect();
    const meeting = newMeeting();
    wait.named(meeting);
    await answer(meeting, await createTlsIdentity('mallory'));
    await until(() => asker.end !== undefined);
    assert.equal(asker.end, 'another device answers in the meeting');
    assert.ok(!asker.isConnected);
  });

  for (const [what, ...bytes] of [
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a preamble that is none', Buffer.from(`SSH-2.0-OpenSSH_9.2${' '.repeat(10)}`)],
    ['the name of a meeting that nobody waits for', preambleOf(newMeeting())],
    ['the preamble of a relay', preambleOf(newMeeting(), { kind: 'relay' })],
    ['a name, and much more', preambleOf(newMeeting()), Buffer.alloc(1_000_000)],
  ] as const)
    it(`closes a connection that begins with ${what}, without an answer`, async () => {
      const { wait } = expect();
      wait.named(newMeeting());
      assert.equal(await open(...bytes).closed, '');
    });

  it('closes one for a meeting that comes from the side of the requester', async () => {
    const { wait } = expect();
    const meeting = newMeeting();
    wait.named(meeting);
    assert.equal(await open(preambleOf(meeting, { side: 'requester' })).closed, '');
  });

  it('waits for the rest of a preamble, and closes a connection that ends within it', async () => {
    const { wait, asker } = expect();
    const meeting = newMeeting();
    wait.named(meeting);
    const half = open(preambleOf(meeting).subarray(0, 10));
    half.socket.end();
    assert.equal(await half.closed, '');
    const slow = open();
    for (const byte of preambleOf(meeting)) {
      slow.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await once(slow.socket, 'data'); // the ClientHello
    assert.ok(!asker.isConnected && asker.end === undefined);
  });

  it('closes one that takes too long for its first bytes, however it spreads them', async () => {
    const heard: string[] = [];
    const server = createServer((socket) =>
      readFirstBytes(socket, 40, { onTls: () => heard.push('TLS'), onPreamble: () => heard.push('preamble') }),
    );
    server.listen(0, HOST);
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address && typeof address === 'object');
    const loris = connect({ host: HOST, port: address.port });
    sockets.push(loris);
    loris.on('error', () => {});
    const [...bytes] = preambleOf(newMeeting());
    const dripping = setInterval(() => loris.write(Buffer.from(bytes.splice(0, 1))), 10);
    loris.resume();
    await new Promise((resolve) => loris.once('close', resolve));
    clearInterval(dripping);
    assert.deepEqual(heard, []);
    assert.ok(bytes.length > 0);
    server.close();
  });

  it('serves TLS that arrives byte by byte', async () => {
    const socket = connect({ host: HOST, port: listener.port });
    sockets.push(socket);
    await once(socket, 'connect');
    const write = socket._write.bind(socket);
    socket._write = (chunk: Buffer, encoding, done) => {
      write(chunk.subarray(0, 1), encoding, () => {
        if (chunk.length > 1) socket._write(chunk.subarray(1), encoding, done);
        else done();
      });
    };
    const duplex = connectTls({ ...peerTlsOptions(source), socket });
    sockets.push(duplex);
    await until(() => accepted.length > 0);
    assert.equal(accepted[0]?.deviceId, source.id);
  });

  it('evicts the oldest of those that say nothing, and serves others meanwhile', async () => {
    const silent = Array.from({ length: 256 }, () => open());
    await Promise.all(silent.map(({ socket }) => once(socket, 'connect')));
    const asker = new Asker();
    const near = new TlsTransport(source).dial({ deviceId: requester.id, host: HOST, port: listener.port }, asker);
    await until(() => asker.isConnected && accepted.length > 0);
    assert.equal(await silent[0]?.closed, '');
    assert.ok(!silent[1]?.socket.destroyed);
    near.destroy();
  });

  it('listens at every address, or at every IPv4 address where the system has no IPv6', async () => {
    listener.close();
    listener = await transport.listen('::', 0, (stream) => accepted.push(stream));
    assert.ok(['::', '0.0.0.0'].includes(listener.host));
    const asker = new Asker();
    const near = new TlsTransport(source).dial({ deviceId: requester.id, host: HOST, port: listener.port }, asker);
    await until(() => asker.isConnected);
    near.destroy();
  });
});
