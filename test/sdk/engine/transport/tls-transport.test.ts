import assert from 'node:assert/strict';
import { TlsTransport } from '../../../../sdk/engine/transport/tls-transport.js';
import type { AcceptedStream } from '../../../../sdk/engine/transport/transport.js';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { FaultProxy } from '../../../support/fault-proxy.js';
import { until } from '../../../support/until.js';

describe('a stream over TLS', () => {
  it('ends where a bit of it is flipped, and says why, once', async () => {
    const [here, there] = await Promise.all([createTlsIdentity('here'), createTlsIdentity('there')]);
    const accepted: AcceptedStream[] = [];
    const listener = await new TlsTransport(there).listen('127.0.0.1', 0, (stream) => accepted.push(stream));
    const proxy = await FaultProxy.open();
    proxy.leadTo(listener.port);
    const ends: string[] = [];
    let isConnected = false;
    const chunk = Buffer.alloc(1000);
    const near = new TlsTransport(here).dial(
      { deviceId: there.id, ...proxy.endpoint },
      {
        onConnected: () => (isConnected = true),
        nextRead: () => chunk,
        onRead: () => true,
        onClosed: (reason) => ends.push(reason ?? 'hung up'),
      },
    );
    await until(() => isConnected && accepted.length > 0);
    const closed = new Promise<string | undefined>((onClosed) =>
      accepted[0]?.start({ idleTimeoutMs: 60_000, onBytes: () => {}, onIdle: () => {}, onClosed }),
    );
    proxy.faults = { ...proxy.faults, corrupt: 1 };
    accepted[0]?.writeAlone(Buffer.alloc(300_000), () => {});
    await closed;
    await until(() => ends.length > 0);
    assert.equal(ends.length, 1);
    assert.match(ends[0] ?? '', /bad record mac|decrypt|SSL/i);
    near.destroy();
    listener.close();
    await proxy.close();
  });
});
