import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FaultProxy, type Faults } from './fault-proxy.js';
import { seeded } from './seeded.js';

const TEXT = Buffer.from('what the peer has to say, byte for byte, to whoever comes');

describe('the fault proxy', () => {
  let peer: Server;
  let proxy: FaultProxy | undefined;
  let dialled: Socket[];
  const dialling: Socket[] = [];

  beforeEach(async () => {
    dialled = [];
    peer = createServer((socket) => {
      dialled.push(socket);
      socket.on('error', () => {});
      socket.write(TEXT);
      socket.on('data', (chunk: Buffer) => socket.write(chunk));
    });
    peer.listen(0, '127.0.0.1');
    await once(peer, 'listening');
  });
  afterEach(async () => {
    for (const socket of [...dialling.splice(0), ...dialled]) socket.destroy();
    await proxy?.close();
    peer.close();
    await once(peer, 'close');
  });

  async function open(faults: Partial<Faults>, seed = 1): Promise<FaultProxy> {
    proxy = await FaultProxy.open(faults, seeded(seed));
    proxy.leadTo((peer.address() as AddressInfo).port);
    return proxy;
  }

  async function dial(through: FaultProxy): Promise<Socket> {
    const socket = connect(through.endpoint);
    dialling.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** Reads `count` bytes, or up to the end. */
  async function read(socket: Socket, count: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= count) break;
    }
    return Buffer.concat(chunks);
  }

  it('without faults changes nothing, either way, and counts what the peer says', async () => {
    const through = await open({});
    const socket = await dial(through);
    assert.deepEqual(await read(socket, TEXT.length), TEXT);
    socket.write('echo');
    assert.equal((await read(socket, 4)).toString(), 'echo');
    assert.equal(through.passedBytes, TEXT.length + 4);
    assert.equal(through.connections, 1);
    socket.end();
    await once(socket, 'close');
  });

  it('delays and trickles, and keeps the order of the bytes', async () => {
    const socket = await dial(await open({ delayMs: 5, jitterMs: 10, bytesPerSecond: 2000 }));
    assert.deepEqual(await read(socket, TEXT.length), TEXT);
  });

  it('lets one byte through at a time on the slowest line, and all at once when the line is mended', async () => {
    const through = await open({ bytesPerSecond: 1 });
    const socket = await dial(through);
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.equal(first.length, 1);
    through.faults = { ...through.faults, bytesPerSecond: Number.POSITIVE_INFINITY };
    assert.deepEqual(Buffer.concat([first, await read(socket, TEXT.length - 1)]), TEXT);
  });

  it('drops a connection after so many bytes: both ends hear of it', async () => {
    const socket = await dial(await open({ cutAfterBytes: 10, cut: 'drop' }));
    const [ended] = dialled.map((one) => once(one, 'close'));
    assert.deepEqual(await read(socket, TEXT.length), TEXT.subarray(0, 10));
    await ended;
  });

  it('resets a connection after so many bytes', async () => {
    const reset = once(peer, 'connection').then(([atPeer]: Socket[]) => atPeer && once(atPeer, 'error'));
    await dial(await open({ cutAfterBytes: 10, cut: 'reset' }));
    const [error] = (await reset) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  });

  it('leaves a connection half open: the peer hears of the end, and the other never', async () => {
    const through = await open({ cutAfterBytes: 10, cut: 'half-open' });
    const socket = await dial(through);
    assert.deepEqual(await read(socket, 10), TEXT.subarray(0, 10));
    const [atPeer] = dialled;
    assert.ok(atPeer);
    if (!atPeer.destroyed) await once(atPeer, 'close');
    socket.write('anyone?');
    assert.ok(!socket.readableEnded && !socket.destroyed);
    through.reset();
    await once(socket, 'error');
  });

  it('falls silent after so many bytes, or from the first on without dialling the peer, until it is healed', async () => {
    const through = await open({ cutAfterBytes: 10, cut: 'silence' });
    const socket = await dial(through);
    assert.deepEqual(await read(socket, 10), TEXT.subarray(0, 10));
    assert.equal(dialled.length, 1);
    through.faults = { ...through.faults, cutAfterBytes: 0 };
    const unheard = await dial(through);
    unheard.write('anyone?');
    assert.ok(!socket.destroyed && !unheard.destroyed);
    const resets = [once(socket, 'error'), once(unheard, 'error')];
    through.heal();
    await Promise.all(resets);
    assert.equal(dialled.length, 1);
    assert.deepEqual(await read(await dial(through), TEXT.length), TEXT);
  });

  it('flips bits, the same for the same seed', async () => {
    const heard: Buffer[] = [];
    for (const seed of [7, 7, 8]) {
      const through = await open({ corrupt: 1 }, seed);
      heard.push(await read(await dial(through), TEXT.length));
      await through.close();
    }
    proxy = undefined;
    const [once7, again7, once8] = heard;
    assert.ok(once7 && again7 && once8);
    assert.deepEqual(once7, again7);
    assert.notDeepEqual(once7, once8);
    assert.equal(differingBits(once7, TEXT), 1);
  });

  it('holds a connection back until a later one was let through', async () => {
    const through = await open({ holdBack: 1 });
    const held = await dial(through);
    const later = await dial(through);
    assert.deepEqual(await read(later, TEXT.length), TEXT);
    assert.deepEqual(await read(held, TEXT.length), TEXT);
  });
});

function differingBits(a: Buffer, b: Buffer): number {
  let bits = 0;
  for (const [index, byte] of a.entries()) {
    for (let difference = byte ^ (b[index] ?? 0); difference > 0; difference >>= 1) bits += difference & 1;
  }
  return bits;
}
