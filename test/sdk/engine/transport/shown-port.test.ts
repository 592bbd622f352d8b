import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { PeerListener } from '../../../../sdk/engine/transport/peer-listener.js';
import { ShownPort } from '../../../../sdk/engine/transport/shown-port.js';
import { createTlsIdentity, peerDeviceId, peerTlsOptions, type TlsIdentity } from '../../../../sdk/identity/index.js';
import { decodePreamble, encodePreamble, PREAMBLE_BYTES } from '../../../../sdk/protocol/index.js';
import { until } from '../../../support/until.js';

const TOKEN = 'A'.repeat(22);
const HOST = '127.0.0.1';
const HOSTS = [HOST, '::1'].filter((host) =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === host)),
);

/** A server of a test that keeps what connects. */
class Kept {
  readonly server: Server = createServer((socket) => {
    socket.on('error', () => {});
    this.sockets.push(socket);
  });
  readonly sockets: Socket[] = [];

  async open(host = HOST): Promise<{ host: string; port: number }> {
    this.server.listen(0, host);
    await once(this.server, 'listening');
    return { host, port: (this.server.address() as AddressInfo).port };
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

describe('a port that the tracker sees', () => {
  let [here, there]: TlsIdentity[] = [];
  let tracker: Kept;
  let peer: Kept;
  let listener: PeerListener;
  let port: ShownPort;
  let lost: string[];

  before(async () => {
    [here, there] = await Promise.all([createTlsIdentity('here'), createTlsIdentity('there')]);
  });
  beforeEach(() => {
    [tracker, peer, lost] = [new Kept(), new Kept(), []];
  });
  afterEach(() => {
    port.close();
    listener?.close();
    tracker.close();
    peer.close();
  });

  function own(): TlsIdentity {
    assert.ok(here);
    return here;
  }

  function other(): TlsIdentity {
    assert.ok(there);
    return there;
  }

  /** Shows a port, and waits until the tracker sees it. Returns the port. */
  async function show(host?: string): Promise<number> {
    listener = new PeerListener(own(), () => {});
    const place = { ...(await tracker.open(host)), token: TOKEN };
    port = new ShownPort({ identity: own(), listener: () => listener }, place, 'requester', (why) => lost.push(why));
    await until(() => tracker.sockets.length > 0);
    const [socket] = tracker.sockets;
    assert.ok(socket);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.deepEqual(bytes, encodePreamble({ kind: 'observe', token: TOKEN, side: 'requester' }));
    assert.deepEqual(decodePreamble(bytes.subarray(0, PREAMBLE_BYTES))?.kind, 'observe');
    return socket.remotePort ?? 0;
  }

  for (const host of HOSTS)
    it(`dials from there while the tracker still sees it, and serves whoever it dialled for (${host})`, async () => {
      const shown = await show(host);
      const told: string[] = [];
      port.serve(
        await peer.open(host),
        { deviceId: other().id, onServed: () => told.push('served'), onFailed: (why) => told.push(why) },
        { onOpen: () => told.push('open'), onFailed: (why) => told.push(why) },
      );
      await until(() => peer.sockets.length > 0);
      const [socket] = peer.sockets;
      assert.equal(socket?.remotePort, shown);
      const tls = connectTls({ ...peerTlsOptions(other()), ...(socket && { socket }) });
      await once(tls, 'secureConnect');
      assert.equal(peerDeviceId(tls), own().id);
      await until(() => told.length === 2);
      assert.deepEqual([told, lost], [['open', 'served'], []]);
      tls.destroy();
    });

  it('serves nobody else there', async () => {
    await show();
    const told: string[] = [];
    port.serve(
      await peer.open(),
      { deviceId: 'e'.repeat(64), onServed: () => told.push('served'), onFailed: () => told.push('failed') },
      { onOpen: () => {}, onFailed: () => {} },
    );
    await until(() => peer.sockets.length > 0);
    const [socket] = peer.sockets;
    const tls = connectTls({ ...peerTlsOptions(other()), ...(socket && { socket }) });
    tls.on('error', () => {});
    await until(() => told.length > 0);
    assert.deepEqual(told, ['failed']);
    tls.destroy();
  });

  it('makes one connection a try, says that it was refused, and leaves a victim that is no peer nothing but a handshake', async () => {
    const shown = await show();
    const dead = new Kept();
    const nobody = await dead.open();
    dead.close();
    const reader = { nextRead: () => new Uint8Array(1), onRead: () => true, onConnected: () => assert.fail() };
    const kinds: string[] = [];
    const attempt = { onOpen: () => kinds.push('open'), onFailed: (_: string, kind: string) => kinds.push(kind) };
    const ends: (string | undefined)[] = [];
    const onClosed = (reason: string | undefined) => ends.push(reason);
    port.dial({ ...nobody, deviceId: other().id }, { ...reader, onClosed }, attempt);
    await until(() => kinds.length > 0);
    assert.deepEqual([kinds, ends], [['refused'], []]);
    const victim = await peer.open();
    port.dial({ ...victim, deviceId: other().id }, { ...reader, onClosed }, attempt);
    await until(() => peer.sockets.length > 0);
    const [socket] = peer.sockets;
    const [hello] = (await once(socket ?? assert.fail(), 'data')) as [Buffer];
    assert.equal(hello[0], 0x16);
    assert.equal(socket?.remotePort, shown);
    socket?.destroy();
    await until(() => ends.length > 0);
    assert.deepEqual([kinds, ends.length, peer.sockets.length], [['refused', 'open'], 1, 1]);
  });

  it('says when the tracker hangs up', async () => {
    await show();
    tracker.sockets[0]?.destroy();
    await until(() => lost.length > 0);
    assert.equal(lost.length, 1);
  });
});
