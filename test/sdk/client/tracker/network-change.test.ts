import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { KnownNodes } from '../../../../sdk/client/local/known-nodes.js';
import { KnownTrackers } from '../../../../sdk/client/local/known-trackers.js';
import { PinnedAgent } from '../../../../sdk/client/tracker/pinned-agent.js';
import { TrackerLink } from '../../../../sdk/client/tracker/tracker-link.js';
import { TrackerSearch } from '../../../../sdk/client/tracker/tracker-search.js';
import { TrackerSocket } from '../../../../sdk/client/tracker/tracker-socket.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import type { Tracker } from '../../../../tracker/index.js';
import { startQuickTracker } from '../../../support/plain-passwords.js';
import { until } from '../../../support/until.js';

describe('a connection to the tracker after a change of the network', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-moved-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function searchFor({ host, port }: Tracker): Promise<TrackerSearch> {
    const [knownTrackers, knownNodes] = await Promise.all([
      KnownTrackers.open(folder),
      KnownNodes.open(folder, assert.fail),
    ]);
    return new TrackerSearch({ locations: [{ host, port }], knownTrackers, knownNodes });
  }

  it('lasts if the tracker answers, and is opened anew at once if its own address is gone', async () => {
    const tracker = await startQuickTracker({ dataDir: join(folder, 'tracker') });
    let restored = 0;
    const restore = async () => void restored++;
    const link = new TrackerLink(await searchFor(tracker), SILENT, restore);
    try {
      await link.connect();
      const { online } = link;
      assert.ok(online);
      let lost = 0;
      link.on('lost', () => lost++);
      link.networkChanged(() => false); // it has a loopback address, which never goes
      await link.call('createUser', { userId: 'alice', password: 'password of alice' });
      assert.equal(lost, 0);
      Object.assign(online, { localAddress: '192.168.1.10' });
      link.networkChanged((address) => address !== '192.168.1.10');
      await until(() => restored === 1);
      assert.equal(lost, 1);
      assert.notEqual(link.online, undefined);
    } finally {
      link.close();
      await tracker.close();
    }
  });

  it('is tried anew at once if the tracker was away', async () => {
    const tracker = await startQuickTracker({ dataDir: join(folder, 'tracker') });
    const attempts: string[] = [];
    const logger = { ...SILENT, debug: (message: string) => void attempts.push(message) };
    const link = new TrackerLink(await searchFor(tracker), logger, async () => {});
    try {
      await link.connect();
      await tracker.close();
      await until(() => attempts.length > 0);
      for (let times = 0; times < 20; times++) {
        const before = attempts.length;
        link.networkChanged(() => true);
        await until(() => attempts.length > before);
      } // without that, the twentieth attempt would come minutes later
      assert.equal(link.online, undefined);
    } finally {
      link.close();
    }
  });

  describe('with somebody who answers no more', () => {
    let server: Server;
    let sockets: WebSocketServer;
    let answers = true;
    let pings = 0;

    before(async () => {
      const { privateKeyPem: key, certificatePem: cert } = await createTlsIdentity('a tracker');
      server = createServer({ key, cert }).listen(0, '127.0.0.1');
      sockets = new WebSocketServer({ server, autoPong: false });
      sockets.on('connection', (socket) => {
        socket.on('ping', () => {
          pings++;
          if (answers) socket.pong();
        });
      });
      await once(server, 'listening');
    });
    after(() => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
    });

    /** Opens a connection, asks whether somebody answers until `isEnough`, and tells whether it lasts. */
    async function lastsUntil(isEnough: (socket: TrackerSocket) => boolean, patienceMs: number): Promise<boolean> {
      const address = server.address();
      assert.ok(typeof address === 'object' && address);
      const agent = new PinnedAgent(() => {});
      const socket = await TrackerSocket.open({ host: '127.0.0.1', port: address.port }, agent);
      try {
        await until(() => {
          socket.check(patienceMs);
          return isEnough(socket);
        });
        return socket.endedBy === undefined;
      } finally {
        socket.destroy();
        agent.destroy();
      }
    }

    it('lasts while it is answered', async () => {
      assert.ok(await lastsUntil(() => pings > 2, 60_000)); // it asks again only after an answer
    });

    it('ends after a short patience', async () => {
      answers = false;
      assert.ok(!(await lastsUntil(({ endedBy }) => endedBy?.code === 'DISCONNECTED', 1)));
    });
  });
});
