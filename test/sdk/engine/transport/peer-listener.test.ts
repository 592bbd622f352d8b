import assert from 'node:assert/strict';
import { type ListenOptions, Server } from 'node:net';
import { PeerListener } from '../../../../sdk/engine/transport/peer-listener.js';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { type Frame, manifestId } from '../../../../sdk/protocol/index.js';
import { RawRequester } from '../raw-requester.js';
import { Bench, GROUP } from '../support.js';

/** Lets the system refuse an address, as one without IPv6 does. Returns a function that ends this. */
function refuse(host: string, code: string): () => void {
  const { listen } = Server.prototype;
  function refusing(this: Server, options: ListenOptions, onListening: () => void): Server {
    if (options.host !== host) return listen.call(this, options, onListening);
    process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${code} ${host}`), { code })));
    return this;
  }
  Object.assign(Server.prototype, { listen: refusing });
  return () => void Object.assign(Server.prototype, { listen });
}

describe('a listener for peers', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ over: 'tls' });
  });
  afterEach(() => bench.close());

  it('keeps four connections of a device at a time: the oldest goes', async () => {
    const seeder = await bench.peer();
    const manifest = await bench.serve(seeder, bench.file('secret', 1000));
    const open: Frame = { type: 'open', channel: 1, manifestId: manifestId(manifest), groupId: GROUP };
    const identity = await createTlsIdentity('visitor');
    const ticket = await bench.office.sign(identity.id);
    const requesters: RawRequester[] = [];
    for (let count = 0; count < 5; count++) {
      const requester = await RawRequester.connect(seeder.source, bench.transportOf(identity));
      requester.send({ type: 'ticket', ticket }, open);
      await requester.hears();
      requesters.push(requester);
    }
    const [oldest, ...others] = requesters;
    await oldest?.hungUp();
    for (const requester of others) {
      const before = requester.receivedBytes;
      requester.send({ type: 'ping', nonce: 2 });
      await requester.hearsMoreThan(before);
      requester.close();
    }
    assert.equal(others.length, 4);
  });

  for (const code of ['EAFNOSUPPORT', 'EADDRNOTAVAIL'])
    it(`listens at every IPv4 address where every address is refused with ${code}`, async () => {
      const listener = new PeerListener(await createTlsIdentity('listener'), () => {});
      const allow = refuse('::', code);
      try {
        assert.equal((await listener.listen('::', 0)).address, '0.0.0.0');
      } finally {
        allow();
        listener.close();
      }
    });

  it('says so where the address is in use', async () => {
    const listener = new PeerListener(await createTlsIdentity('listener'), () => {});
    const allow = refuse('::', 'EADDRINUSE');
    try {
      await assert.rejects(listener.listen('::', 0), /EADDRINUSE/);
    } finally {
      allow();
      listener.close();
    }
  });
});
