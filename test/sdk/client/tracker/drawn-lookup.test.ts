import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type DrawnLookupOptions, drawnLookup } from '../../../../sdk/client/tracker/drawn-lookup.js';
import { PinnedAgent } from '../../../../sdk/client/tracker/pinned-agent.js';
import { TrackerSocket } from '../../../../sdk/client/tracker/tracker-socket.js';
import { hasCode } from '../../../support/has-code.js';
import { seeded } from '../../../support/seeded.js';

const FOUND: LookupAddress[] = ['192.0.2.1', '192.0.2.2', '2001:db8::3'].map((address) => ({
  address,
  family: address.includes(':') ? 6 : 4,
}));

function lookUp(options: DrawnLookupOptions): Promise<string[]> {
  const find = drawnLookup({ resolve: (_name, done) => done(null, FOUND), ...options });
  return new Promise((resolve, reject) => {
    find('tracker.example', { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(typeof addresses === 'string' ? [addresses] : addresses.map(({ address }) => address));
    });
  });
}

describe('the addresses of a name', () => {
  it('are all tried, in a drawn order', async () => {
    const random = seeded(1);
    const orders = new Set<string>();
    for (let times = 0; times < 100; times++) orders.add((await lookUp({ random })).join());
    assert.equal(orders.size, 6);
  });

  it('end with the one that the client comes from', async () => {
    for (let times = 0; times < 20; times++) {
      const drawn = await lookUp({ last: '192.0.2.1' });
      assert.deepEqual([drawn.length, drawn.at(-1)], [3, '192.0.2.1']);
    }
  });

  it('leave out those that may not be dialled, and are none if nothing is left', async () => {
    assert.deepEqual(await lookUp({ mayDial: (address) => address.includes(':') }), ['2001:db8::3']);
    await assert.rejects(lookUp({ mayDial: () => false }), hasCode('ENOTFOUND'));
    const failure = Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
    await assert.rejects(lookUp({ resolve: (_name, done) => done(failure, []) }), hasCode('EAI_AGAIN'));
  });

  it('lead past an address at which nobody listens', async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const visited = new Promise((resolve) => server.once('connection', resolve));
    const resolve: DrawnLookupOptions['resolve'] = (_name, done) =>
      done(null, [
        { address: '127.0.0.3', family: 4 },
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ]);
    const agent = new PinnedAgent(() => {}, { resolve });
    try {
      await assert.rejects(TrackerSocket.open({ host: 'tracker.example', port }, agent));
      await visited;
    } finally {
      agent.destroy();
      server.close();
    }
  });
});
