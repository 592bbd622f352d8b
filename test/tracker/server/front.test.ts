import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createTlsIdentity, type TlsIdentity } from '../../../sdk/identity/index.js';
import { encodePreamble, type Preamble } from '../../../sdk/protocol/index.js';
import { putFrontBefore } from '../../../tracker/server/front.js';
import { until } from '../../support/until.js';

const TOKEN = 'A'.repeat(22);

describe("the front of the tracker's port", () => {
  let identity: TlsIdentity;
  let server: Server;
  let entered: Socket[];
  let taken: { socket: Socket; preamble: Preamble }[];
  let isTaken: boolean;

  before(async () => {
    identity = await createTlsIdentity('front');
  });

  beforeEach(async () => {
    [entered, taken, isTaken] = [[], [], true];
    server = createServer(
      {
        key: identity.privateKeyPem,
        cert: identity.certificatePem,
        headersTimeout: 40,
        connectionsCheckingInterval: 10,
        handshakeTimeout: 2000,
      },
      (_, response) => response.end('over TLS'),
    );
    putFrontBefore(server, {
      enter: (socket) => entered.push(socket),
      take: (socket, preamble) => {
        taken.push({ socket, preamble });
        return isTaken;
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of entered) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  });

  async function dial(): Promise<Socket> {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  it('lets TLS through, with all that follows its first byte', async () => {
    const tls = connectTls({ socket: await dial(), rejectUnauthorized: false });
    tls.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    let answer = '';
    tls.on('data', (chunk: Buffer) => {
      answer += String(chunk);
    });
    await once(tls, 'close');
    assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*over TLS/);
    assert.equal(entered.length, 1);
  });

  it('hands on a preamble, however it comes in parts, and nothing that follows is lost', async () => {
    const preamble = { kind: 'observe', token: TOKEN, side: 'source' } as const;
    const bytes = Buffer.concat([encodePreamble(preamble), Buffer.from('and more')]);
    for (const cut of [1, 4, 20, 21, 25]) {
      taken = [];
      const socket = (await dial()).setNoDelay(true);
      const [before] = [entered.length];
      socket.write(bytes.subarray(0, cut));
      await until(() => entered.length >= before && (cut < 21 || taken.length > 0));
      socket.write(bytes.subarray(cut));
      await until(() => taken.length > 0);
      assert.deepEqual(taken[0]?.preamble, preamble);
      let rest = '';
      taken[0]?.socket.on('data', (chunk: Buffer) => {
        rest += String(chunk);
      });
      await until(() => rest === 'and more');
      socket.destroy();
    }
  });

  it('closes everything else without an answer', async () => {
    const back = encodePreamble({ kind: 'back', token: TOKEN, side: 'source' });
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0x15, 3, 1]),
      Buffer.alloc(21, 'S'),
      back,
      Buffer.concat([encodePreamble({ kind: 'relay', token: TOKEN, side: 'source' }).subarray(0, 20), Buffer.of(2)]),
    ]) {
      const socket = await dial();
      socket.on('data', () => assert.fail('a stranger is answered'));
      socket.write(bytes);
      await once(socket, 'close');
    }
    assert.deepEqual(taken, []);
    isTaken = false;
    const socket = await dial();
    socket.on('data', () => assert.fail('a stranger is answered'));
    socket.write(encodePreamble({ kind: 'relay', token: TOKEN, side: 'requester' }));
    await once(socket, 'close');
    assert.equal(taken.length, 1);
    const half = await dial();
    half.end('SHR1');
    await once(half.resume(), 'close');
  });

  it('leaves the server its time limits', async () => {
    const tls = connectTls({ socket: await dial(), rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    tls.write('GET / HTTP/1.1\r\nhost: x\r\n');
    const [answer] = (await once(tls, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 408 /);
    await once(tls, 'close');
  });

  it('leaves the server the count of its connections: it is closed when the last one is', async () => {
    const silent = await dial();
    const relayed = await dial();
    relayed.write(encodePreamble({ kind: 'relay', token: TOKEN, side: 'source' }));
    await until(() => taken.length === 1 && entered.length === 2);
    let isClosed = false;
    server.close(() => {
      isClosed = true;
    });
    silent.destroy();
    await once(entered[0] ?? silent, 'close');
    assert.equal(isClosed, false);
    relayed.destroy();
    taken[0]?.socket.resume();
    await until(() => isClosed);
  });
});
