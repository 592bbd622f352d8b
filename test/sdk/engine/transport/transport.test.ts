import assert from 'node:assert/strict';
import { TlsTransport } from '../../../../sdk/engine/transport/tls-transport.js';
import type {
  AcceptedStream,
  PeerEndpoint,
  PeerStream,
  PeerTransport,
  TransportListener,
} from '../../../../sdk/engine/transport/transport.js';
import { createTlsIdentity, type TlsIdentity } from '../../../../sdk/identity/index.js';
import { MemoryNetwork } from '../../../support/memory-network.js';
import { until } from '../../../support/until.js';

const HOST = '127.0.0.1';
/** More than a system buffers for a peer that does not read. */
const LARGE_BYTES = 16 * 1024 * 1024;
const LINGER_MS = 60_000;

/** Records the calls to one end of a stream. */
class Seen {
  text = '';
  bytes = 0;
  isConnected = false;
  isClosed = false;
  reason: string | undefined;
  /** Its read size, and whether it continues to read. */
  readonly #chunk = Buffer.alloc(1000);
  readsOn = true;

  nextRead(): Uint8Array {
    assert.ok(!this.isClosed);
    return this.#chunk;
  }

  onRead(count: number): boolean {
    assert.ok(this.isConnected && !this.isClosed);
    this.#add(this.#chunk.subarray(0, count));
    return this.readsOn;
  }

  onBytes(chunk: Buffer): void {
    assert.ok(!this.isClosed);
    this.#add(chunk);
  }

  onConnected(): void {
    this.isConnected = true;
  }

  onClosed(reason: string | undefined): void {
    assert.ok(!this.isClosed, 'it is told once');
    this.isClosed = true;
    this.reason = reason;
  }

  #add(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (this.bytes < 100) this.text += bytes.toString();
  }
}

interface Kind {
  readonly name: string;
  transportOf(identity: TlsIdentity): PeerTransport;
}

const network = new MemoryNetwork();
const KINDS: readonly Kind[] = [
  { name: 'TLS', transportOf: (identity) => new TlsTransport(identity) },
  { name: 'memory', transportOf: ({ id }) => network.transportOf(id) },
];

for (const { name, transportOf } of KINDS) {
  describe(`a transport over ${name}`, () => {
    let here: TlsIdentity;
    let there: TlsIdentity;
    let endpoint: PeerEndpoint;
    let listener: TransportListener;
    let accepted: AcceptedStream[];
    const streams: PeerStream[] = [];

    before(async () => {
      [here, there] = await Promise.all([createTlsIdentity('here'), createTlsIdentity('there')]);
    });
    beforeEach(async () => {
      accepted = [];
      listener = await transportOf(there).listen(HOST, 0, (stream) => accepted.push(stream));
      endpoint = { deviceId: there.id, host: listener.host, port: listener.port };
    });
    afterEach(() => {
      for (const stream of streams.splice(0)) stream.destroy();
      listener.close();
    });

    function dial(to: PeerEndpoint = endpoint): { near: PeerStream; seen: Seen } {
      const seen = new Seen();
      const near = transportOf(here).dial(to, seen);
      streams.push(near);
      return { near, seen };
    }

    /** Opens a stream and returns both ends. */
    async function connect(idleTimeoutMs = LINGER_MS, onIdle = () => {}) {
      const before = accepted.length;
      const { near, seen } = dial();
      await until(() => seen.isConnected && accepted.length > before);
      const far = accepted.at(-1);
      assert.ok(far);
      const farSeen = new Seen();
      far.start({
        idleTimeoutMs,
        onIdle,
        onBytes: (chunk) => farSeen.onBytes(chunk),
        onClosed: (reason) => farSeen.onClosed(reason),
      });
      return { near, far, seen, farSeen };
    }

    it('proves to each end which device is at the other, and carries bytes in order, both ways', async () => {
      const { near, far, seen, farSeen } = await connect();
      assert.equal(far.deviceId, here.id);
      near.write(Buffer.from('one '));
      near.write(Buffer.from('two'));
      far.write(Buffer.from('three '));
      far.writeAlone(Buffer.from('four '), () => {});
      far.write(Buffer.from('five'));
      await until(() => farSeen.text === 'one two' && seen.text === 'three four five');
    });

    it('connects to no other device than the one that is dialled, and to none where nobody listens', async () => {
      const other = dial({ ...endpoint, deviceId: 'ab'.repeat(32) });
      await until(() => other.seen.isClosed);
      assert.equal(other.seen.reason, 'another device answers at that address');
      listener.close();
      const nobody = dial();
      await until(() => nobody.seen.isClosed);
      assert.match(nobody.seen.reason ?? '', /ECONNREFUSED/);
      assert.ok(!other.seen.isConnected && !nobody.seen.isConnected);
    });

    it('keeps what is not read at its writer, and says when a large write is through', async () => {
      const { near, far, seen } = await connect();
      seen.readsOn = false;
      let isWritten = false;
      far.writeAlone(Buffer.alloc(LARGE_BYTES), () => (isWritten = true));
      await until(() => seen.bytes > 0);
      assert.ok(far.unsentBytes > 0 && !isWritten);
      const before = seen.bytes;
      near.resume();
      await until(() => seen.bytes > before);
      assert.ok(seen.bytes < LARGE_BYTES);
      seen.readsOn = true;
      near.resume();
      await until(() => isWritten && seen.bytes === LARGE_BYTES);
      assert.equal(far.unsentBytes, 0);
    });

    it('keeps what comes while the listening end is paused', async () => {
      const { near, far, farSeen } = await connect();
      far.pause();
      near.write(Buffer.from('later'));
      far.write(Buffer.from('now'));
      await until(() => near.unsentBytes === 0 || name === 'memory');
      assert.equal(farSeen.text, '');
      far.resume();
      await until(() => farSeen.text === 'later');
    });

    it('tells the other end when one hangs up, behind what it had sent', async () => {
      const { near, far, seen, farSeen } = await connect();
      far.write(Buffer.from('farewell'));
      await until(() => seen.text === 'farewell');
      far.destroy();
      far.destroy();
      await until(() => seen.isClosed && farSeen.isClosed);
      assert.equal(seen.reason, undefined);
      near.write(Buffer.from('to nobody'));
      near.destroy();
    });

    it('ends what was accepted and goes on listening, or listens no more', async () => {
      const first = await connect();
      listener.disconnectAll();
      await until(() => first.seen.isClosed && first.farSeen.isClosed);
      const second = await connect();
      listener.close();
      await until(() => second.seen.isClosed && second.farSeen.isClosed);
    });

    it('says when nothing moved for so long', async () => {
      let isIdle = false;
      const { near, farSeen } = await connect(40, () => (isIdle = true));
      near.write(Buffer.from('awake'));
      await until(() => isIdle);
      assert.equal(farSeen.text, 'awake');
    });

    it('cannot listen where somebody does', async () => {
      await assert.rejects(
        transportOf(here).listen(listener.host, listener.port, () => {}),
        /EADDRINUSE/,
      );
    });
  });
}
